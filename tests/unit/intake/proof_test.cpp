// Proof of work: what counts as one, when one is needed, and what a process remembers.
#include <string>

#include "core/intake/proof.h"
#include "support/catch.h"
#include "support/fakes.h"

namespace flead::intake {
namespace {

constexpr std::string_view k_secret = "0123456789abcdef0123456789abcdef";
constexpr int k_few_bits = 8;
const TenantId k_acme{"ten_acme"};

// A clock that stands, and a challenge of acme's with its solution.
struct Desk {
  test::FixedClock clock;
  test::SeededRandom random;
  World world{clock, random};
  Challenge challenge = make_challenge(world, k_secret, k_acme, k_few_bits);
  Proof proof = solve(challenge);

  ProofState check(const Proof& given, const TenantId& tenant = k_acme,
                   std::string_view secret = k_secret) {
    return check_proof(secret, tenant, given, clock.now()).state;
  }
};

std::string with_letter(std::string text, std::size_t at) {
  text[at] = text[at] == 'A' ? 'B' : 'A';
  return text;
}

}  // namespace

TEST_CASE("proof: a solved challenge is good until it is stale", "[intake]") {
  Desk desk;
  CHECK(desk.challenge.text.size() == 43);
  CHECK(desk.challenge.bits == k_few_bits);
  CHECK(desk.challenge.expires_at == desk.clock.now() + k_proof_age_max_ms);
  const auto checked = check_proof(k_secret, k_acme, desk.proof, desk.clock.now());
  CHECK(checked.state == ProofState::good);
  CHECK(checked.expires_at == desk.challenge.expires_at);
  desk.clock.advance(k_proof_age_max_ms - 1);
  CHECK(desk.check(desk.proof) == ProofState::good);
  desk.clock.advance(1);
  CHECK(desk.check(desk.proof) == ProofState::stale);
}

TEST_CASE("proof: what is not ours, not whole or not solved is no proof", "[intake]") {
  Desk desk;
  struct Case {
    std::string challenge, nonce;
    ProofState state;
  };
  const std::string text = desk.challenge.text;
  const std::string nonce = desk.proof.nonce;
  const auto c = GENERATE_COPY(values<Case>({
      {"", "", ProofState::missing},
      {"", nonce, ProofState::missing},
      {text, "", ProofState::malformed},
      {text, "-1", ProofState::malformed},
      {text, "12x", ProofState::malformed},
      {text, std::string("1\0", 2), ProofState::malformed},
      {text, std::string(13, '1'), ProofState::malformed},
      {text, std::string(100000, '1'), ProofState::malformed},
      {text + "A", nonce, ProofState::malformed},
      {text.substr(1), nonce, ProofState::malformed},
      {std::string(43, '='), nonce, ProofState::malformed},
      {std::string(43, '\xff'), nonce, ProofState::malformed},
      {std::string(43, 'A'), nonce, ProofState::forged},
      {with_letter(text, 0), nonce, ProofState::forged},   // the time
      {with_letter(text, 8), nonce, ProofState::forged},   // the bits
      {with_letter(text, 12), nonce, ProofState::forged},  // the noise
      {with_letter(text, 30), nonce, ProofState::forged},  // the MAC
      {text, nonce, ProofState::good},
  }));
  CAPTURE(c.challenge, c.nonce.substr(0, 20));
  CHECK(desk.check({c.challenge, c.nonce}) == c.state);
}

TEST_CASE("proof: a challenge is worth nothing for another tenant or store", "[intake]") {
  Desk desk;
  CHECK(desk.check(desk.proof, TenantId("ten_other")) == ProofState::forged);
  CHECK(desk.check(desk.proof, k_acme, "another secret") == ProofState::forged);
  CHECK(desk.check(desk.proof, k_acme, "") == ProofState::forged);
  // Signed with no secret at all.
  const Proof unsigned_one = solve(make_challenge(desk.world, "", k_acme, 1));
  CHECK(desk.check(unsigned_one, k_acme, "") == ProofState::forged);
}

TEST_CASE("proof: as many zero bits as the challenge asks for, and none fewer", "[intake]") {
  Desk desk;
  const int bits = GENERATE(0, 1, 4, 5, 7, 12);
  const Challenge challenge = make_challenge(desk.world, k_secret, k_acme, bits);
  const Proof proof = solve(challenge);
  CHECK(desk.check(proof) == ProofState::good);
  // The one that was found is the first: every nonce before it has fewer.
  for (int nonce = 0; nonce < std::stoi(proof.nonce); ++nonce) {
    REQUIRE(desk.check({challenge.text, std::to_string(nonce)}) == ProofState::unsolved);
  }
}

TEST_CASE("proof: needed always, never, or when many come", "[intake]") {
  struct Case {
    std::string_view setting;
    std::int64_t arrived;
    bool needed;
    int bits;
  };
  const auto c = GENERATE(values<Case>({
      {"off", 1, false, 0},
      {"off", 1000000, false, 0},
      {"", 1000000, false, 0},
      {"always", 0, true, 16},
      {"always", 1, true, 16},
      {"auto", 0, false, 16},
      {"auto", 30, false, 16},
      {"auto", 31, true, 16},
      {"auto", 59, true, 16},
      {"auto", 60, true, 17},
      {"auto", 120, true, 18},
      {"auto", 479, true, 19},
      {"auto", 480, true, 20},
      {"auto", 1000000000, true, 20},
  }));
  CAPTURE(c.setting, c.arrived);
  CHECK(proof_needed(c.setting, c.arrived) == c.needed);
  CHECK(proof_bits(c.setting, c.arrived) == c.bits);
}

TEST_CASE("proof: nobody fills a form in a second, and no claim is no sign", "[intake]") {
  CHECK_FALSE(sent_too_fast(std::nullopt));
  CHECK_FALSE(sent_too_fast(-1));
  CHECK(sent_too_fast(0));
  CHECK(sent_too_fast(k_form_time_min_ms - 1));
  CHECK_FALSE(sent_too_fast(k_form_time_min_ms));
}

TEST_CASE("proof: arrivals are counted for a minute, each tenant's apart", "[intake]") {
  Arrivals arrivals;
  const TenantId other{"ten_other"};
  struct Step {
    std::int64_t at_ms;
    std::int64_t wanted;  // with the one that comes now
  };
  const Step steps[] = {{1000, 1},   {1999, 2},   {2000, 3},  {30000, 4},
                        {60999, 5},  {61000, 4},  // those of second 1 are gone
                        {62000, 4},  {89999, 5},  {90000, 5}, {149000, 2},
                        {149500, 3}, {500000, 1}, {500000, 2}};
  for (const Step& step : steps) {
    CAPTURE(step.at_ms);
    CHECK(arrivals.add(k_acme, step.at_ms) == step.wanted);
  }
  CHECK(arrivals.count(k_acme, 559999) == 2);
  CHECK(arrivals.count(k_acme, 560000) == 0);
  CHECK(arrivals.count(other, 500000) == 0);
  CHECK(arrivals.add(other, 500000) == 1);
  CHECK(arrivals.tenants() == 2);
}

TEST_CASE("proof: the table of arrivals is bounded, and newcomers are asked for nothing",
          "[intake]") {
  Arrivals arrivals(2);
  CHECK(arrivals.add(TenantId("a"), 1000) == 1);
  CHECK(arrivals.add(TenantId("b"), 1000) == 1);
  CHECK(arrivals.add(TenantId("c"), 2000) == 0);
  CHECK(arrivals.add(TenantId("c"), 61000) == 1);  // a and b are forgotten
  CHECK(arrivals.tenants() == 1);
}

TEST_CASE("proof: each pays for one request, whichever way that one goes", "[intake]") {
  SpentProofs spent;
  CHECK(spent.spend("x", "first", 1000, 0));
  CHECK_FALSE(spent.spend("x", "second", 1000, 0));
  CHECK(spent.spend("x", "first", 1000, 0));  // the same request, sent twice at a time
  spent.give_back("x", "second", 1000);       // not its own
  spent.give_back("x", "first", 1000);        // one failed, the other may be stored
  CHECK_FALSE(spent.spend("x", "second", 1000, 0));
  spent.give_back("x", "first", 1000);
  CHECK(spent.spend("x", "second", 1000, 0));
}

TEST_CASE("proof: what is stale anyway is forgotten, and the oldest when there are too many",
          "[intake]") {
  SpentProofs spent(2);
  CHECK(spent.spend("a", "1", 1000, 0));
  CHECK(spent.spend("b", "2", 2000, 0));
  CHECK(spent.size() == 2);
  CHECK(spent.spend("c", "3", 3000, 1001));  // a is stale by now
  CHECK(spent.size() == 2);
  CHECK(spent.spend("d", "4", 4000, 1001));
  CHECK(spent.size() == 2);
  CHECK(spent.spend("b", "5", 2000, 1001));  // it was the oldest
  CHECK_FALSE(spent.spend("d", "5", 4000, 1001));
}

}  // namespace flead::intake
