// Two processes race for the last seat of a slot, 2,000 times over one store file: `flead_race
// [ROUNDS]`. They meet at a barrier in shared memory before each round, then both book the same
// slot for a lead of their own. Each round must end with one success and one slot_taken; afterwards
// the store is counted again. Exit 0 only if all of that holds.
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <new>
#include <string>

#include "core/booking/booking.h"
#include "core/tenants/tenant.h"
#include "support/fakes.h"

namespace flead {
namespace {

constexpr int k_racers = 2;
constexpr int k_rounds_max = 2000;
constexpr unsigned k_hang_seconds = 240;  // a racer whose partner died ends by itself

enum class Outcome : char { none, booked, taken, failed };

// Shared by the processes: anonymous memory that fork() keeps common.
struct Track {
  std::atomic<int> arrived{0};
  Outcome outcomes[k_racers][k_rounds_max]{};
};

Track* make_track() {
  void* memory =
      mmap(nullptr, sizeof(Track), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? nullptr : new (memory) Track;
}

// On a real disk, so that each commit waits for it as it does in life.
struct Folder {
  Folder() {
    std::string pattern = std::filesystem::temp_directory_path().string() + "/flead-race-XXXXXX";
    if (::mkdtemp(pattern.data()) != nullptr) path = pattern;
  }
  ~Folder() {
    std::error_code ignored;
    if (!path.empty()) std::filesystem::remove_all(path, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string path;
};

struct Scene {
  std::string db_path;
  tenants::Tenant tenant;
  LeadId leads[k_racers];
  TimeMs first = 0;
};

struct Process {
  std::unique_ptr<store::Store> store;
  test::ScriptedTransport transport;
  std::unique_ptr<App> app;
};

bool open_process(const std::string& path, Process& process) {
  store::OpenOptions options;
  options.path = path;
  options.create = true;
  options.wait_ms = 30000;
  auto store = store::open_sqlite(options);
  if (!store) return false;
  process.store = std::move(*store);
  Config config;
  config.db_path = path;
  process.app = std::make_unique<App>(App{*process.store, World{system_clock(), system_random()},
                                          config, SealKey(), process.transport});
  return true;
}

Result<LeadId> add_racer(App& app, store::Tx& tx, const tenants::Tenant& tenant, int number) {
  intake::NewLead input;
  input.email = "racer" + std::to_string(number) + "@example.com";
  input.consent_purposes = {"processing"};
  intake::Origin origin;
  origin.greet = false;
  FLEAD_TRY(const auto created, intake::create(app.world, tx, tenant, input, origin));
  return created.lead.id;
}

// 48 slots a day from the next day on: enough days for every round.
Result<Scene> set_scene(App& app) {
  return app.store.write([&](store::Tx& tx) -> Result<Scene> {
    Scene scene;
    tenants::NewTenant tenant;
    tenant.slug = "acme";
    FLEAD_TRY(scene.tenant, tenants::create(app.world, tx, tenant));
    booking::NewRules rules;
    rules.host = "me";
    rules.weekly = "daily 00:00-24:00";
    rules.length_min = 30;
    rules.horizon_days = 100;
    FLEAD_CHECK(booking::add_rules(app.world, tx, scene.tenant, rules));
    for (int i = 0; i < k_racers; ++i) {
      FLEAD_TRY(scene.leads[i], add_racer(app, tx, scene.tenant, i));
    }
    scene.first = (app.world.clock.now() / k_day_ms + 1) * k_day_ms;
    return scene;
  });
}

Outcome book_once(App& app, const Scene& scene, int racer, int round) {
  booking::NewBooking input;
  input.lead = scene.leads[racer];
  input.starts_at = scene.first + round * 30 * k_minute_ms;
  const auto booked =
      app.store.write([&](store::Tx& tx) { return booking::book(app, tx, scene.tenant, input); });
  if (booked) return Outcome::booked;
  if (booked.error().code == "slot_taken") return Outcome::taken;
  std::fprintf(stderr, "racer %d, round %d: %s %s\n", racer, round, booked.error().code.c_str(),
               booked.error().detail.c_str());
  return Outcome::failed;
}

int race(Track& track, const Scene& scene, int racer, int rounds) {
  alarm(k_hang_seconds);
  Process process;
  if (!open_process(scene.db_path, process)) return 1;
  for (int round = 0; round < rounds; ++round) {
    track.arrived.fetch_add(1);
    while (track.arrived.load() < k_racers * (round + 1)) sched_yield();
    track.outcomes[racer][round] = book_once(*process.app, scene, racer, round);
  }
  return 0;
}

int count_rounds(const Track& track, int rounds) {
  int bad = 0;
  int wins[k_racers] = {};
  for (int round = 0; round < rounds; ++round) {
    const Outcome a = track.outcomes[0][round];
    const Outcome b = track.outcomes[1][round];
    const bool fair = (a == Outcome::booked && b == Outcome::taken) ||
                      (a == Outcome::taken && b == Outcome::booked);
    if (!fair) ++bad;
    ++wins[a == Outcome::booked ? 0 : 1];
  }
  std::printf("%d rounds, won %d to %d, %d wrong\n", rounds, wins[0], wins[1], bad);
  return bad;
}

bool store_agrees(App& app, const Scene& scene, int rounds) {
  const auto report =
      app.store.read([&](store::Tx& tx) { return booking::check(app.world, tx, scene.tenant); });
  if (!report) return false;
  for (const auto& finding : report->findings) {
    std::printf("slot check: %s %s\n", finding.code.c_str(), finding.message.c_str());
  }
  std::printf("%lld bookings in the store\n", static_cast<long long>(report->bookings));
  return report->findings.empty() && report->bookings == rounds;
}

int run(int rounds) {
  const Folder folder;
  if (folder.path.empty()) return 1;
  const std::string db_path = folder.path + "/flead.db";
  Scene scene;
  {
    // The parent holds no store while it forks.
    Process setter;
    if (!open_process(db_path, setter)) return 1;
    auto made = set_scene(*setter.app);
    if (!made) {
      std::fprintf(stderr, "%s: %s\n", made.error().code.c_str(), made.error().message.c_str());
      return 1;
    }
    scene = std::move(*made);
    scene.db_path = db_path;
  }
  Track* track = make_track();
  if (track == nullptr) return 1;
  pid_t children[k_racers];
  for (int racer = 0; racer < k_racers; ++racer) {
    children[racer] = fork();
    if (children[racer] == 0) _exit(race(*track, scene, racer, rounds));
  }
  bool ended_well = true;
  for (const pid_t child : children) {
    int status = 0;
    ended_well = waitpid(child, &status, 0) == child && status == 0 && ended_well;
  }
  Process judge;
  if (!ended_well || !open_process(scene.db_path, judge)) return 1;
  const int bad = count_rounds(*track, rounds);
  return bad == 0 && store_agrees(*judge.app, scene, rounds) ? 0 : 1;
}

}  // namespace
}  // namespace flead

int main(int argc, char** argv) {
  const int asked = argc > 1 ? std::atoi(argv[1]) : flead::k_rounds_max;
  return flead::run(asked > 0 && asked < flead::k_rounds_max ? asked : flead::k_rounds_max);
}
