// Three post offices with eight lines of phonenet, as whole processes in real time: mail both ways and
// through a hub, faults of lines and modems, kills without a word and restarts.

#include "ledger_paper.h"
#include "letters.h"
#include "resources.h"
#include "town.h"

#include <mailqueue/queue.h>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>

namespace external::soak::real_hours_test {
namespace {

using namespace std::chrono_literals;
using test::PostOffice;
using test::Process;
using WatchClock = std::chrono::steady_clock;

const std::string hub = "SOUTH/HUB";
const std::string north = "NORTH/CLINIC";
const std::string east = "EAST/LAB";

/// The exchange: hub1 to hub4 are 5550001 to 5550004, north1 and north2 5550011 and 5550012, east's 5550021
/// ...
class Telephones {
 public:
  explicit Telephones(const test::TempFolder& folder)
      : directory_(folder.path() / "exchange"), folder_(folder) {
    std::filesystem::create_directory(directory_);
    std::filesystem::create_directory(folder.path() / "locks");
    add("hub", "555000", 4);
    add("north", "555001", 2);
    add("east", "555002", 2);
    std::vector<std::string> arguments{test::phonenet_program(), "--dir", directory_.string(), "--quiet"};
    for (const auto& [name, number] : numbers_)
      arguments.insert(arguments.end(), {"--line", number + "=" + name});
    arguments.insert(arguments.end(),
                     {"--rate", "57600", "--ring-delay", "200ms", "--connect-time", "300ms"});
    process_.emplace(arguments, folder.path() / "phonenet.out");
    const auto offered = [this] {
      return std::ranges::all_of(
          numbers_, [this](const auto& line) { return std::filesystem::exists(port(line.first)); });
    };
    if (!test::eventually(offered)) throw std::runtime_error("phonenet did not start: " + process_->output());
  }

  std::filesystem::path port(const std::string& name) const { return directory_ / name; }
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& [name, number] : numbers_) all.push_back(name);
    return all;
  }

  void tell(std::vector<std::string> words) const {
    std::vector<std::string> arguments{test::phonenet_program(), "ctl", directory_.string()};
    arguments.insert(arguments.end(), words.begin(), words.end());
    Process(arguments, folder_.path() / "ctl.out").wait(60s);
  }

 private:
  void add(const std::string& name, const std::string& number, int count) {
    for (int i = 1; i <= count; ++i) numbers_[name + std::to_string(i)] = number + std::to_string(i);
  }

  std::filesystem::path directory_;
  const test::TempFolder& folder_;
  std::map<std::string, std::string> numbers_;
  std::optional<Process> process_;
};

struct Fault {
  const char* name;
  std::vector<std::string> begin;  ///< words for phonenet ctl; "LINE" is the line
  std::vector<std::string> end;    ///< empty: it passes by itself
};

const std::vector<Fault> kinds{
    {"carrier lost", {"drop", "LINE"}, {}},
    {"busy", {"busy", "LINE"}, {"busy", "LINE"}},
    {"unplugged", {"unplug", "LINE"}, {"plug", "LINE"}},
    {"power cycle", {"power-off", "LINE"}, {"power-on", "LINE"}},
    {"telephone line cut", {"cut", "LINE"}, {"mend", "LINE"}},
    {"noise", {"set", "ber", "LINE", "1e-4"}, {"set", "ber", "LINE", "0"}},
    {"modem takes nothing", {"quirk", "LINE", "stop-reading", "20s"}, {"quirk", "LINE", "off"}},
    {"modem answers nothing", {"quirk", "LINE", "drop", "100"}, {"quirk", "LINE", "off"}},
    {"answers late", {"quirk", "LINE", "late", "3s,5"}, {"quirk", "LINE", "off"}},
    {"wrong number rings", {"ring", "LINE", "2"}, {}},
};

/// A post office as a process that is killed and stopped now and then.
struct Office {
  Office(const test::TempFolder& folder, const Telephones& telephones, const std::string& its_name,
         const std::string& lines, int count, const std::string& peers)
      : name(its_name), place(folder, its_name, lines, settings(folder, telephones, lines, count) + peers) {
    for (const auto* mailbox : {"ANNA", "BOB"}) place.command({"mailbox", "add", mailbox});
  }

  static std::string settings(const test::TempFolder& folder, const Telephones& telephones,
                              const std::string& lines, int count) {
    std::string text = "DelayWarnings = 0\nDelayWarningsUrgent = 0\nRetryInterval = 1s\n";
    for (int i = 1; i <= count; ++i) {
      const auto line = lines + std::to_string(i);
      text += "[External-" + line + "]\nAsyncCommPort = " + telephones.port(line).string() +
              "\nAsyncSpeed = 57600\nLockFolder = " + (folder.path() / "locks").string() + "\n";
    }
    return text;
  }

  void start() { process.emplace(place.start()); }
  std::string pid() const { return std::to_string(process->pid()); }
  bool queues_nothing() const { return mailqueue::Queue(place.path() / "queue.db").totals().messages == 0; }
  std::uint64_t database() const { return std::filesystem::file_size(place.path() / "queue.db"); }

  std::string name;
  PostOffice place;
  std::optional<Process> process;
};

std::string peer(const std::string& name, const std::string& number) {
  return "[PostOffice " + name + "]\nPhone = " + number +
         "\nPassword = one two\nRetries = 255\nUndialableAfter = 0\n";
}

std::string behind_hub(const std::string& name) {
  return "[PostOffice " + name + "]\nRoute = Indirect " + hub + "\n";
}

class Hours {
 public:
  explicit Hours(unsigned seed) : random_(seed) {
    offices_.emplace_back(folder_, telephones_, hub, "hub", 4,
                          peer(north, "5550011") + peer(east, "5550021"));
    offices_.emplace_back(folder_, telephones_, north, "north", 2, peer(hub, "5550001") + behind_hub(east));
    offices_.emplace_back(folder_, telephones_, east, "east", 2, peer(hub, "5550002") + behind_hub(north));
  }

  void run(std::chrono::seconds length) {
    for (auto& office : offices_) office.start();
    for (const auto part : {10, 40, 50}) {
      work(length * part / 100);
      measure();
    }
    for (auto& office : offices_) stop(office);
    audit();
  }

  void expect_books_in_order() const {
    letters_.expect_in_order();
    EXPECT_EQ(complaints_, "");
  }

  void expect_no_growth() const {
    ASSERT_EQ(measured_.size(), 3u);
    // What the first long calls need stays allocated.
    const auto& warm = measured_[1];
    EXPECT_LE(measured_.back().resident, warm.resident + 16 * 1024 * 1024);
    EXPECT_LE(measured_.back().files, warm.files + 4);
  }

  std::string table(const std::string& title) const {
    std::string text = title + "\n";
    text += fmt::format("  calls complete {}, broken {}\n", complete_, broken_);
    text += letters_.text_of_sums();
    text += fmt::format("  kills {}, restarts {}\n  faults:", kills_, restarts_);
    for (const auto& [name, count] : counts_) text += fmt::format(" {} {},", name, count);
    text.back() = '\n';
    return text + table_of(measured_) +
           "  (resident and descriptors of EAST/LAB, which is never restarted)\n";
  }

 private:
  struct Ailment {
    WatchClock::time_point until;
    std::vector<std::string> mend;
  };

  template <class Do>
  void chance(unsigned one_in, Do what) {
    if (random_() % one_in == 0) what();
  }

  static void wait_for(std::chrono::milliseconds span) {
    const auto end = WatchClock::now() + span;
    test::eventually([end] { return WatchClock::now() >= end; });
  }

  void work(std::chrono::seconds length) {
    const auto end = WatchClock::now() + length;
    while (WatchClock::now() < end && complaints_.empty()) {
      chance(3, [this] { send(); });
      chance(6, [this] { strike(); });
      chance(12, [this] { kill(offices_[random_() % 2]); });
      chance(40, [this] { restart(offices_[random_() % 2]); });
      mend([](const Ailment& ailment) { return ailment.until <= WatchClock::now(); });
      wait_for(500ms);
    }
  }

  void send() {
    const auto from = random_() % offices_.size();
    const auto to = (from + 1 + random_() % 2) % offices_.size();
    const bool unknown = random_() % 8 == 0;
    const std::size_t size = 100 + random_() % (random_() % 6 == 0 ? 150'000 : 5'000);
    const auto number = letters_.add(size, 1);
    const auto& office = offices_[from].place;
    const auto file = office.path() / "letter";
    test::write_file(file, Letters::text(number, size));
    const auto sent = office.command({"send", "--from", offices_[from].name + "/ANNA", "--to",
                                      offices_[to].name + (unknown ? "/NOBODY" : "/BOB"), file.string()});
    if (sent.exit_code != 0) complaints_ += "letter was not taken: " + sent.output;
  }

  static std::vector<std::string> words(std::vector<std::string> all, const std::string& line) {
    std::ranges::replace(all, "LINE", line);
    return all;
  }

  void strike() {
    const auto lines = telephones_.names();
    const auto& line = lines[random_() % lines.size()];
    const auto& kind = kinds[random_() % kinds.size()];
    if (ailments_.contains(line)) return;  // one at a time, so that mending mends
    ++counts_[kind.name];
    telephones_.tell(words(kind.begin, line));
    const auto lasts = std::chrono::seconds(kind.end.empty() ? 1 : 2 + random_() % 15);
    ailments_[line] = {WatchClock::now() + lasts, words(kind.end, line)};
  }

  template <class Which>
  void mend(Which which) {
    for (auto at = ailments_.begin(); at != ailments_.end();) {
      if (!which(at->second)) {
        ++at;
        continue;
      }
      if (!at->second.mend.empty()) telephones_.tell(at->second.mend);
      at = ailments_.erase(at);
    }
  }

  void kill(Office& office) {
    ++kills_;
    office.process->signal(SIGKILL);
    const auto ended = office.process->wait(60s);
    if (!ended || ended->signal != SIGKILL)
      complaints_ += office.name + " ended by itself\n" + office.place.log();
    office.start();
  }

  void stop(Office& office) {
    // One that was started a moment ago would be ended by the signal itself.
    if (!test::eventually([&] { return office.place.logged("process " + office.pid() + "."); }))
      complaints_ += office.name + " did not start\n";
    office.process->signal(SIGTERM);
    const auto ended = office.process->wait(90s);
    if (!ended || ended->exit_code != 0)
      complaints_ += office.name + " did not stop well\n" + office.process->output() + office.place.log();
  }

  void restart(Office& office) {
    ++restarts_;
    stop(office);
    office.start();
  }

  /// With everything well, mail finds its way.
  void measure() {
    mend([](const Ailment&) { return true; });
    const auto empty = [this] {
      if (std::ranges::all_of(offices_, [](const auto& one) { return one.queues_nothing(); })) return true;
      for (const auto* caller : {&offices_[1], &offices_[2]}) caller->place.command({"call", hub});
      return false;
    };
    // A notice may come into being after one queue was looked at: all must be empty twice in a row.
    if (!test::eventually([&] { return empty() && empty(); }, 300s)) {
      complaints_ += "the queues are not empty\n";
      for (const auto& office : offices_) complaints_ += office.place.command({"status"}).output;
    }
    Resources now;
    now.resident = resident_bytes(offices_.back().pid());
    now.files = open_files(offices_.back().pid());
    for (const auto& office : offices_) now.database += office.database();
    measured_.push_back(now);
  }

  void audit() {
    for (const auto& office : offices_) {
      for (const auto& file : office.place.mailbox("BOB")) letters_.came(file);
      for (const auto& file : office.place.mailbox("ANNA")) letters_.came_back(file);
      complete_ += office.place.times_logged("Message transmission complete.");
      broken_ += office.place.times_logged("Message transmission broken.");
    }
    complete_ /= 2;  // both ends say so
  }

  std::mt19937 random_;
  test::TempFolder folder_;
  Telephones telephones_{folder_};
  std::deque<Office> offices_;
  Letters letters_{20'000};
  std::map<std::string, Ailment> ailments_;  ///< by line
  std::map<std::string, unsigned> counts_;
  std::vector<Resources> measured_;
  std::string complaints_;
  unsigned kills_ = 0;
  unsigned restarts_ = 0;
  int complete_ = 0;
  int broken_ = 0;
};

/// Half a minute; EXTERNAL_TEST_SOAK_SECONDS says otherwise.
TEST(SoakOfProcesses, EightLinesWithKillsAndFaultsLoseNothingAndGrowNothing) {
  const std::chrono::seconds length(test::number_from_environment("EXTERNAL_TEST_SOAK_SECONDS", 30));
  const auto seed = test::seed_wanted();
  Hours hours(seed);
  hours.run(length);
  test::publish("soak-processes", hours.table(fmt::format("Soak: {} s of 8 lines between processes, seed {}",
                                                          length.count(), seed)));
  hours.expect_books_in_order();
  hours.expect_no_growth();
}

}  // namespace
}  // namespace external::soak::real_hours_test
