// A day of three post offices with eight lines, in virtual time: mail both ways and through a hub, faults of
// every kind, restarts. At the end every recipient has got its mail once or its sender a notice, and nothing
// has grown.

#include "faults.h"
#include "ledger_paper.h"
#include "letters.h"
#include "resources.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace external::soak::virtual_day_test {
namespace {

constexpr Duration step = 10s;
constexpr std::size_t most_letters = 40'000;

const std::string hub = "SOUTH/HUB";
const std::string north = "NORTH/CLINIC";
const std::string east = "EAST/LAB";

/// Bytes travel in larger bursts than usual, which saves the computer work.
phonenet::ExchangeOptions coarse() {
  phonenet::ExchangeOptions options;
  options.quantum = 40ms;
  return options;
}

std::string peer(const std::string& name, const std::string& how) {
  return "[PostOffice " + name + "]\n" + how + "\n";
}

std::string called(const std::string& number) {
  return "Phone = " + number + "\nPassword = one two\nRetries = 255\nUndialableAfter = 0";
}

class Day {
 public:
  explicit Day(unsigned seed)
      : random_(seed),
        phones_(world_.io.get_executor(), world_.clock, coarse(), seed),
        hub_(world_, phones_, hub, {"5550001", "5550002", "5550003", "5550004"},
             peer(north, called("5550011")) + peer(east, called("5550021"))),
        north_(world_, phones_, north, {"5550011", "5550012"},
               peer(hub, called("5550001")) + peer(east, "Route = Indirect " + hub)),
        east_(world_, phones_, east, {"5550021", "5550022"},
              peer(hub, called("5550002")) + peer(north, "Route = Indirect " + hub)),
        faults_({&hub_, &north_, &east_}, world_.clock, random_) {}

  void run(Duration length) {
    for (auto* office : offices()) office->start();
    const auto steps = length / step;
    for (long done = 0; done < steps; ++done) {
      if (done == steps / 10 || done == steps / 2) measure();
      chance(4, [this] { send(); });
      chance(9, [this] { faults_.strike(); });
      chance(250, [this] { restart(random_() % 2 == 0 ? hub_ : north_); });
      faults_.mend_due();
      world_.clock.advance(step);
      if (done % 30 == 0) audit();
    }
    measure();
  }

  void expect_books_in_order() const {
    letters_.expect_in_order();
    EXPECT_GT(letters_.sums().returned, 0u);
    EXPECT_EQ(complaints_, "");
    for (const auto* office : offices()) office->expect_no_trouble();
  }

  void expect_no_growth() {
    ASSERT_EQ(measured_.size(), 3u);
    const auto& first = measured_.front();
    const auto& last = measured_.back();
    EXPECT_LE(last.heap, first.heap + 512 * 1024);
    EXPECT_LE(last.resident, first.resident + 24 * 1024 * 1024);
    EXPECT_LE(last.files, first.files);
    // History and the keys that have been seen are kept for a while by intention: some hundred bytes a
    // message.
    EXPECT_LE(last.database, first.database + 4096 * (letters_.size() + 100));
    for (auto* office : offices()) {
      ASSERT_TRUE(office->stop());
      EXPECT_LE(office->database_bytes_without_history(), 512u * 1024) << office->name();
    }
  }

  std::string table(const std::string& title) const {
    CallCounts calls;
    for (const auto* office : offices()) {
      const auto counts = office->counts();
      for (const auto& [result, count] : counts.made) calls.made[result] += count;
      calls.answered += counts.answered;
      calls.bytes += counts.bytes;
      calls.retransmissions += counts.retransmissions;
      calls.seconds += counts.seconds;
    }
    std::string text = title + "\n  calls made:";
    std::uint64_t sum = 0;
    for (const auto& [result, count] : calls.made) {
      text += fmt::format(" {} {},", result, count);
      sum += count;
    }
    text += fmt::format(" together {}; answered {}\n", sum, calls.answered);
    text += fmt::format("  mail moved {} bytes, {} frames sent again, {:.0f} s on the lines\n", calls.bytes,
                        calls.retransmissions, calls.seconds);
    text += letters_.text_of_sums();
    text += fmt::format("  restarts {}\n  faults:", restarts_);
    for (const auto& [name, count] : faults_.counts()) text += fmt::format(" {} {},", name, count);
    text.back() = '\n';
    return text + table_of(measured_);
  }

 private:
  std::array<SoakOffice*, 3> offices() { return {&hub_, &north_, &east_}; }
  std::array<const SoakOffice*, 3> offices() const { return {&hub_, &north_, &east_}; }

  template <class Do>
  void chance(unsigned one_in, Do what) {
    if (random_() % one_in == 0) what();
  }

  std::size_t size() {
    switch (random_() % 10) {
      case 0:
        return 20'000 + random_() % 60'000;
      case 1:
        return 0;
      default:
        return 200 + random_() % 6'000;
    }
  }

  void send() {
    if (letters_.size() == most_letters) return;
    const auto all = offices();
    const auto from = random_() % all.size();
    const auto first = (from + 1 + random_() % 2) % all.size();
    const auto bytes = size();
    std::vector<std::string> recipients{all[first]->name() + "/BOB"};
    std::chrono::seconds life = 24h * 20;
    switch (random_() % 8) {
      case 0:
        recipients = {all[first]->name() + "/NOBODY"};
        break;
      case 1:
        life = 2min + std::chrono::seconds(random_() % 1200);
        break;
      case 2:
      case 3:
        recipients.push_back(all[3 - from - first]->name() + "/BOB");
        break;
      default:
        break;
    }
    const auto number = letters_.add(bytes, static_cast<unsigned>(recipients.size()));
    all[from]->send(number, recipients, Letters::text(number, bytes), life);
  }

  void restart(SoakOffice& office) {
    ++restarts_;
    if (!office.stop()) complaints_ += office.name() + " did not stop\n" + office.log().newest();
    if (!office.runs()) office.start();
  }

  void audit() {
    for (auto* office : offices()) {
      for (const auto& found : office->collect()) {
        if (found.mailbox == "BOB") {
          letters_.came(found.text);
        } else {
          letters_.came_back(found.text);
        }
      }
      for (auto& line : office->lines()) line.station->forget();
    }
    phones_.log.clear();
  }

  /// With everything well, mail finds its way and lines become idle; then nothing may have grown.
  void measure() {
    faults_.mend_all();
    const auto all = offices();
    const auto quiet = [&] {
      return std::ranges::all_of(all, [](auto* one) { return one->queues_nothing() && one->is_idle(); });
    };
    for (int minute = 0; minute < 12 * 60 && !quiet(); ++minute) world_.clock.advance(1min);
    world_.clock.advance(5min);
    audit();
    if (!quiet()) {
      complaints_ += "not all is quiet\n";
      for (auto* office : all) complaints_ += office->lines_text() + office->log().newest();
    }
    auto now = resources_of_this_process();
    for (const auto* office : all) now.database += office->database_bytes();
    measured_.push_back(now);
  }

  std::mt19937 random_;
  external::test::VirtualWorld world_;
  matrix::Telephony phones_;
  SoakOffice hub_;
  SoakOffice north_;
  SoakOffice east_;
  Faults faults_;
  Letters letters_{most_letters};
  unsigned restarts_ = 0;
  std::string complaints_;
  std::vector<Resources> measured_;
};

/// A tenth of a day; EXTERNAL_TEST_SOAK_MINUTES says otherwise.
TEST(Soak, ADayOfEightLinesWithFaultsOfEveryKindLosesNothingAndGrowsNothing) {
  const std::chrono::minutes length(test::number_from_environment("EXTERNAL_TEST_SOAK_MINUTES", 144));
  const auto seed = test::seed_wanted();
  Day day(seed);
  day.run(length);
  test::publish("soak", day.table(fmt::format("Soak: {} simulated hours of 8 lines, seed {}",
                                              static_cast<double>(length.count()) / 60, seed)));
  day.expect_books_in_order();
  day.expect_no_growth();
}

}  // namespace
}  // namespace external::soak::virtual_day_test
