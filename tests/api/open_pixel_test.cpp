// The picture by which a mail tells that it was opened, through the router.
#include <algorithm>
#include <string>

#include "core/base/text.h"
#include "core/channels/open_token.h"
#include "support/lead_help.h"
#include "support/outbox.h"

namespace flead::channels {
namespace open_pixel_test {
namespace {

void set_pixel(TestApp& app, std::string_view value) {
  REQUIRE(app.store().write([&](store::Tx& tx) {
    return tenants::set_setting(app.world(), tx, app.tenant().id, "email.open_pixel", value);
  }));
}

// A lead that was greeted by mail, of a tenant that wants to know.
struct Mailed {
  TestApp app;
  LeadId lead;
  Message message;
  std::string path;

  explicit Mailed(std::string_view wanted = "true") {
    set_pixel(app, wanted);
    add_email(app);
    lead = add_lead(app, k_by_email);
    app.run_jobs();
    REQUIRE(messages(app).size() == 1);
    message = messages(app)[0];
    path = "/o/" + make_open_token(app.app().key, message.id) + ".gif";
  }
  // How often the timeline says that it was opened.
  std::size_t opens() {
    const auto kinds = event_kinds(app, lead);
    return static_cast<std::size_t>(std::count(kinds.begin(), kinds.end(), "message.opened"));
  }
  // The mail with its base64 and quoted-printable parts undone.
  std::string html() {
    REQUIRE(app.transport().smtp_sent.size() == 1);
    const std::string& data = app.transport().smtp_sent[0].data;
    const std::string part = data.substr(data.find("Content-Type: text/html"));
    const std::size_t start = part.find("\r\n\r\n") + 4;
    const std::string body = part.substr(start, part.find("\r\n--=_a") - start);
    if (part.find("Transfer-Encoding: base64") < start) {
      return base64_decode(replace_all(body, "\r\n", "")).value_or("");
    }
    return replace_all(replace_all(body, "=\r\n", ""), "=3D", "=");
  }
};

void check_picture(const http::Reply& reply) {
  CHECK(reply.status == 200);
  CHECK(test::header_of(reply, "content-type") == "image/gif");
  CHECK(test::header_of(reply, "cache-control") == "no-store");
  CHECK(reply.body.size() == 43);
  CHECK(reply.body.starts_with("GIF89a"));
}

}  // namespace

TEST_CASE("pages: a mail that is opened says so once", "[pages][channels]") {
  Mailed mailed;
  CHECK(mailed.opens() == 0);
  const auto lead = lead_of(mailed.app, mailed.lead);
  for (int i = 0; i < 3; ++i) {
    check_picture(mailed.app.get(mailed.path, "-"));
    mailed.app.advance(1min);
  }
  CHECK(mailed.opens() == 1);
  // A hint: nothing else has changed by it.
  CHECK(lead_of(mailed.app, mailed.lead).status == lead.status);
  CHECK(messages(mailed.app)[0].state == mailed.message.state);
  CHECK_FALSE(messages(mailed.app)[0].read_at);
}

TEST_CASE("pages: the picture stands in the mail of a tenant that wants it", "[pages][channels]") {
  Mailed wanted;
  CHECK_THAT(wanted.html(), ContainsSubstring("<img src=\"http://flead.test" + wanted.path + "\""));
  Mailed unwanted("false");
  CHECK(unwanted.html().find("<img") == std::string::npos);
  check_picture(unwanted.app.get(unwanted.path, "-"));
  CHECK(unwanted.opens() == 0);
}

TEST_CASE("pages: a tenant that no longer wants to know is not told", "[pages][channels]") {
  Mailed mailed;
  set_pixel(mailed.app, "false");
  check_picture(mailed.app.get(mailed.path, "-"));
  CHECK(mailed.opens() == 0);
}

TEST_CASE("pages: a look at the head is no open", "[pages][channels]") {
  Mailed mailed;
  CHECK(mailed.app.request("HEAD", mailed.path, {}, "-").status == 200);
  CHECK(mailed.opens() == 0);
}

TEST_CASE("pages: every token has the same picture", "[pages][channels]") {
  Mailed mailed;
  std::string forged = mailed.path;
  forged[4] = forged[4] == '0' ? '1' : '0';
  const std::string unknown =
      make_open_token(mailed.app.app().key, MessageId("msg_01k9x0000000000000000000ab"));
  for (const std::string& path :
       {forged, "/o/" + unknown + ".gif", std::string("/o/.gif"), std::string("/o/x"),
        mailed.path + ".gif", "/o/" + std::string(2000, 'a')}) {
    CAPTURE(path);
    check_picture(mailed.app.get(path, "-"));
  }
  CHECK(mailed.opens() == 0);
}

}  // namespace open_pixel_test
}  // namespace flead::channels
