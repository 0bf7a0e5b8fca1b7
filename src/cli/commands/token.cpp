// `flead token ...`: keys of programs that call the API.
#include "cli/commands/all.h"
#include "cli/io/context.h"
#include "cli/io/page.h"
#include "core/tenants/tenant.h"

namespace flead::cli {
namespace {

Json made_token_json(const tenants::MadeToken& made) {
  return tenants::to_json(made.token).set("token", made.secret);
}

void add_token_create(Command& token) {
  struct Options {
    std::string role;
    std::string label;
  };
  auto options = std::make_shared<Options>();
  token.sub("create")
      .summary("Make a token and print it, this one time")
      .example("flead token create --role viewer --label 'weekly export' --json")
      .required("--role", options->role, "What the token may do")
      .choices({"owner", "admin", "operator", "viewer", "expert"})
      .option("--label", options->label, "What it is for, for `token list`")
      .writes()
      .prints([] { return made_token_json({}); })
      .shows_secret()
      .run([options](Context& context) -> Status {
        FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
        FLEAD_TRY(App * app, context.app());
        const auto role = tenants::parse_role(options->role);
        FLEAD_ASSERT(role.has_value());  // the choices are the roles
        FLEAD_TRY(const tenants::MadeToken made, app->store.write([&](store::Tx& tx) {
          return tenants::create_token(app->world, tx, tenant.id, *role, options->label);
        }));
        FLEAD_CHECK(context.print_object(made_token_json(made)));
        context.say("Keep the token now: it is stored as a hash and never shown again.");
        return {};
      });
}

void add_token_list(Command& token) {
  auto limit = std::make_shared<std::int64_t>(k_page_default);
  token.sub("list")
      .summary("List a tenant's tokens, newest first")
      .example("flead token list")
      .option("--limit", *limit, k_limit_text)
      .prints(fields_of<tenants::Token>)
      .run([limit](Context& context) -> Status {
        FLEAD_CHECK(check_limit(*limit));
        FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
        FLEAD_TRY(App * app, context.app());
        FLEAD_TRY(const auto tokens, app->store.read([&](store::Tx& tx) {
          return tenants::list_tokens(tx, tenant.id, *limit);
        }));
        Json::Array rows;
        for (const tenants::Token& one : tokens) rows.push_back(tenants::to_json(one));
        return context.print_list(rows, {"id", "role", "label", "created_at", "revoked_at"},
                                  tenants::to_json(tenants::Token{}));
      });
}

void add_token_revoke(Command& token) {
  auto id = std::make_shared<std::string>();
  token.sub("revoke")
      .summary("Refuse a token from now on")
      .example("flead token revoke tok_01k9x0000000000000000000000 --yes")
      .positional("TOKEN", *id, "Its id, from `token list`")
      .writes()
      .prints(fields_of<tenants::Token>)
      .run([id](Context& context) -> Status {
        FLEAD_CHECK(context.confirm("Refuse the token " + *id + " from now on?"));
        FLEAD_TRY(const tenants::Tenant tenant, context.tenant());
        FLEAD_TRY(App * app, context.app());
        FLEAD_TRY(const tenants::Token revoked, app->store.write([&](store::Tx& tx) {
          return tenants::revoke_token(app->world, tx, tenant.id, TokenId(*id));
        }));
        return context.print_object(tenants::to_json(revoked));
      });
}

}  // namespace

void add_token_commands(Command& root) {
  Command& token = root.sub("token").group(Group::tenants).summary("Secret keys of the API");
  add_token_create(token);
  add_token_list(token);
  add_token_revoke(token);
}

}  // namespace flead::cli
