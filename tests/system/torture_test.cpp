// Two post offices exchange mail, both ways, and either is killed without a word at any moment, again and
// again. At the end each message is once in each of its mailboxes, or was returned to its sender once.

#include "torture.h"

#include "ledger_paper.h"
#include "tcp_pair.h"

#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <regex>

namespace external::test::torture_test {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view mark = "Subject: torture ";

std::string text_of(std::size_t size, unsigned number) {
  std::mt19937 random(number);
  std::string text = std::string(mark) + std::to_string(number) + "\n\n";
  while (text.size() < size) text += text.size() % 77 == 76 ? '\n' : static_cast<char>('!' + random() % 94);
  return text;
}

/// The number of the message that a file of a mailbox is, or is about; nothing for empty content.
std::optional<unsigned> number_in(const std::string& file) {
  const auto at = file.find(mark);
  if (at == std::string::npos) return std::nullopt;
  return static_cast<unsigned>(std::stoul(file.substr(at + mark.size(), 10)));
}

std::uint64_t number_with_commas(std::string text) {
  std::erase(text, ',');
  return std::stoull(text);
}

class Torture {
 public:
  /// Letters have up to `largest` bytes; a kill comes within `patience` ms.
  Torture(const PostOffice& north, const PostOffice& south, std::size_t largest, unsigned patience,
          unsigned seed)
      : victims_{Victim(north), Victim(south)},
        largest_(largest),
        patience_(patience),
        seed_(seed),
        random_(seed) {
    for (const auto& victim : victims_) {
      for (const auto* name : {"BOB", "CARL"}) victim.office().command({"mailbox", "add", name});
    }
  }

  void run(unsigned kills) {
    for (auto& victim : victims_) victim.start();
    while (kills_ < kills && complaints_.empty()) {
      for (auto letters = 1 + random_() % 3; letters > 0; --letters) submit();
      let_work();
      const auto which = random_() % 2;
      ++moments_[which][victims_[which].kill()];
      ++kills_;
      victims_[which].start();
      reap(4);
    }
    reap(0);
    drain();
    audit();
  }

  const std::vector<std::string>& complaints() const { return complaints_; }

  std::string ledger(const std::string& name) const {
    std::string text =
        fmt::format("{}, seed {}: {} kills and {} of submitters\n", name, seed_, kills_, cut_short_);
    for (std::size_t which = 0; which < 2; ++which) {
      unsigned sum = 0;
      std::string list;
      for (const auto& [moment, times] : moments_[which]) {
        sum += times;
        list += fmt::format("{} {} {}", list.empty() ? "" : ",", moment, times);
      }
      text += fmt::format("  killed {} {} times:{}\n", which == 0 ? "NORTH/CLINIC" : "SOUTH/HUB", sum, list);
    }
    text += fmt::format("  sent {} ({} of them unknown to the killed submitter), for {} recipients\n",
                        letters_.size(), letters_.size() - certain_, expected_);
    text += fmt::format("  delivered {}, returned {}, lost {}, doubled {}\n", delivered_, returned_, lost_,
                        doubled_);
    text += fmt::format("  calls complete {}, broken {}; bytes moved {}, of them sent again {}\n", complete_,
                        broken_, moved_, again_);
    return text;
  }

 private:
  struct Submission {
    std::size_t letter;
    Process process;
    bool cut_short;
  };

  std::size_t size() {
    switch (random_() % 8) {
      case 0:
        return 0;
      case 1:
      case 2:
        return 100 + random_() % 1'000;
      case 3:
        return largest_ / 4 + random_() % (largest_ * 3 / 4);
      default:
        return 1'000 + random_() % (largest_ / 8);
    }
  }

  void submit() {
    const auto number = static_cast<unsigned>(letters_.size());
    const auto from = random_() % 2;
    const PostOffice& office = victims_[from].office();
    const std::array<std::string, 2> names{"NORTH/CLINIC", "SOUTH/HUB"};
    Letter letter;
    letter.from = names[from];
    const auto bytes = size();
    if (bytes > 0) letter.content = text_of(bytes, number);
    for (const auto& name : names) {
      for (const auto* box : {"/BOB", "/CARL"}) {
        if (random_() % 3 == 0) letter.to.insert(name + box);
      }
    }
    if (letter.to.empty()) letter.to.insert(names[1 - from] + "/BOB");
    letter.to_nobody = bytes > 0 && random_() % 6 == 0;
    const auto file = office.path() / ("letter" + std::to_string(number));
    write_file(file, letter.content);
    const std::array<std::string, 3> priorities{"urgent", "normal", "low"};
    std::vector<std::string> arguments{external_program(), "--config",
                                       office.ini(),       "send",
                                       "--from",           letter.from + "/ANNA",
                                       "--priority",       priorities[random_() % 3]};
    for (const auto& address : letter.to) arguments.insert(arguments.end(), {"--to", address});
    if (letter.to_nobody) arguments.insert(arguments.end(), {"--to", names[1 - from] + "/NOBODY"});
    arguments.push_back(file);
    letters_.push_back(std::move(letter));
    running_.push_back(
        {number, Process(arguments, office.path() / ("send" + std::to_string(number))), false});
    if (random_() % 12 == 0) {
      spend(random_() % 30'000);
      running_.back().process.signal(SIGKILL);
      running_.back().cut_short = true;
    }
  }

  /// Lets submitters end until not more than `most` run.
  void reap(std::size_t most) {
    while (running_.size() > most) {
      auto& first = running_.front();
      const auto ended = first.process.wait(60s);
      Letter& letter = letters_[first.letter];
      letter.certain = ended && ended->exit_code == 0;
      certain_ += letter.certain ? 1 : 0;
      cut_short_ += ended && ended->signal == SIGKILL ? 1 : 0;
      if (!letter.certain && !first.cut_short)
        complaints_.push_back(
            fmt::format("letter {} was not taken: {}", first.letter, first.process.output()));
      running_.pop_front();
    }
  }

  static void spend(unsigned microseconds) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(microseconds);
    eventually([&] { return std::chrono::steady_clock::now() >= end; }, 1s);
  }

  /// Until the log of one has grown by a piece, how much is a matter of chance; and a moment more.
  void let_work() {
    const auto& watched = victims_[random_() % 2];
    const auto goal = watched.log_size() + random_() % 4'000;
    const auto end =
        std::chrono::steady_clock::now() + std::chrono::milliseconds(patience_ / 6 + random_() % patience_);
    eventually([&] { return watched.log_size() >= goal || std::chrono::steady_clock::now() >= end; });
    spend(static_cast<unsigned>(random_() % 10'000));
  }

  /// Nobody is killed any more, and all mail finds its way.
  void drain() {
    const auto empty = [&] {
      if (victims_[0].queues_nothing() && victims_[1].queues_nothing()) return true;
      victims_[0].office().command({"call", "SOUTH/HUB"});
      return false;
    };
    // A notice may come into being after one queue was looked at: both must be empty twice in a row.
    if (!eventually([&] { return empty() && empty(); }, 240s))
      complaints_.emplace_back("the queues are not empty");
  }

  void audit() {
    std::map<std::pair<std::string, unsigned>, unsigned> copies;
    std::map<std::string, unsigned> empties;
    std::map<std::pair<std::string, unsigned>, unsigned> notices;
    for (const auto& victim : victims_) {
      const std::string office = &victim == &victims_[0] ? "NORTH/CLINIC" : "SOUTH/HUB";
      for (const auto* box : {"BOB", "CARL"}) {
        const auto address = office + "/" + box;
        for (const auto& file : victim.office().mailbox(box)) {
          const auto number = number_in(file);
          if (!number) {
            ++empties[address];
            continue;
          }
          ++copies[{address, *number}];
          if (!file.ends_with(letters_.at(*number).content))
            complaints_.push_back(fmt::format("letter {} for {} is damaged", *number, address));
        }
      }
      for (const auto& file : victim.office().mailbox("ANNA"))
        ++notices[{office, number_in(file).value_or(0xFFFFFFFF)}];
    }
    for (unsigned number = 0; number < letters_.size(); ++number) audit(number, copies, notices);
    audit_empty(empties);
    for (const auto& [place, times] : copies) complain(place.second, place.first, "from nowhere");
    for (const auto& [place, times] : notices) complain(place.second, place.first, "returned without cause");
    count_calls();
  }

  using Places = std::map<std::pair<std::string, unsigned>, unsigned>;

  static unsigned take(Places& places, const std::string& where, unsigned number) {
    const auto place = places.extract({where, number});
    return place ? place.mapped() : 0;
  }

  void complain(unsigned number, const std::string& where, const std::string& what) {
    complaints_.push_back(fmt::format("letter {} for {}: {}", number, where, what));
  }

  void audit(unsigned number, Places& copies, Places& notices) {
    const Letter& letter = letters_[number];
    if (letter.content.empty()) return;
    std::map<std::string, unsigned> found;
    for (const auto& address : letter.to) found[address] = take(copies, address, number);
    if (letter.to_nobody) found["NOBODY"] = take(notices, letter.from, number);
    const bool came = letter.certain || found.begin()->second > 0;
    for (const auto& [where, times] : found) {
      count(where == "NOBODY" ? returned_ : delivered_, came ? 1 : 0, times);
      if (times != (came ? 1U : 0U)) complain(number, where, fmt::format("there {} times", times));
    }
  }

  /// One without content cannot be told from another: they are counted.
  void audit_empty(const std::map<std::string, unsigned>& found) {
    std::map<std::string, std::pair<unsigned, unsigned>> expected;  // at least, at most
    for (const auto& letter : letters_) {
      if (!letter.content.empty()) continue;
      for (const auto& address : letter.to) {
        auto& [least, most] = expected[address];
        least += letter.certain ? 1 : 0;
        ++most;
      }
    }
    for (const auto& [address, limits] : expected) {
      const auto place = found.find(address);
      const auto times = place == found.end() ? 0 : place->second;
      count(delivered_, std::clamp(times, limits.first, limits.second), times);
      if (times < limits.first || times > limits.second)
        complaints_.push_back(fmt::format("{} without content for {} instead of {} to {}", times, address,
                                          limits.first, limits.second));
    }
  }

  void count(unsigned& good, unsigned wanted, unsigned found) {
    expected_ += wanted;
    good += std::min(wanted, found);
    lost_ += wanted - std::min(wanted, found);
    doubled_ += found - std::min(wanted, found);
  }

  /// What the logs say of calls. A call that broke is told by the end that survived it.
  void count_calls() {
    static const std::regex totals(
        "Message transmission (complete|broken). Bytes transmitted: ([0-9]+), received: ([0-9]+)");
    static const std::regex message("(Sent|Received) (\\S+), ([0-9,]+) bytes");
    std::map<std::string, std::uint64_t> sizes;
    for (const auto& victim : victims_) {
      const auto log = victim.office().log();
      const bool first = &victim == &victims_[0];
      for (std::sregex_iterator found(log.begin(), log.end(), totals), end; found != end; ++found) {
        const bool complete = (*found)[1] == "complete";
        if (complete && !first) continue;
        ++(complete ? complete_ : broken_);
        moved_ += std::stoull((*found)[2]) + std::stoull((*found)[3]);
      }
      for (std::sregex_iterator found(log.begin(), log.end(), message), end; found != end; ++found)
        sizes[(*found)[2]] = number_with_commas((*found)[3]);
    }
    std::uint64_t once = 0;
    for (const auto& [key, bytes] : sizes) once += bytes;
    again_ = moved_ - std::min(moved_, once);
  }

  std::array<Victim, 2> victims_;
  std::size_t largest_;
  unsigned patience_;
  unsigned seed_;
  std::mt19937 random_;
  std::vector<Letter> letters_;
  std::deque<Submission> running_;
  std::array<std::map<std::string, unsigned>, 2> moments_;
  std::vector<std::string> complaints_;
  unsigned kills_ = 0;
  unsigned cut_short_ = 0;
  std::size_t certain_ = 0;
  unsigned expected_ = 0;
  unsigned delivered_ = 0;
  unsigned returned_ = 0;
  unsigned lost_ = 0;
  unsigned doubled_ = 0;
  unsigned complete_ = 0;
  unsigned broken_ = 0;
  std::uint64_t moved_ = 0;
  std::uint64_t again_ = 0;
};

void expect_books_in_order(Torture& torture, const std::string& name, const std::string& file,
                           unsigned kills) {
  torture.run(kills);
  publish(file, torture.ledger(name));
  std::string text;
  for (const auto& complaint : torture.complaints()) text += complaint + "\n";
  EXPECT_TRUE(torture.complaints().empty()) << text;
}

TEST(TortureTest, OverTcp) {
  const TcpPair pair("Retries = 255\nUndialableAfter = 0\n");
  const HeldPort port;
  pair.north.change_settings("RetryInterval = 2s", "Listen = " + port.address() + "\nRetryInterval = 1s");
  pair.south.change_settings("Listen =", "RetryInterval = 1s\nListen =");
  pair.south.change_settings("[PostOffice NORTH/CLINIC]\n",
                             "[PostOffice NORTH/CLINIC]\nInstance = Lan\nAddress = " + port.address() + "\n");
  Torture torture(pair.north, pair.south, 400'000, 600, seed_wanted());
  expect_books_in_order(torture, "Kills, over TCP", "kills-tcp", crashes_wanted());
}

/// One kill takes seconds here: the modems have to be initialised, and to dial.
TEST(TortureTest, OverTheTelephone) {
  const Town town{"115200", {"--ring-delay", "100ms", "--connect-time", "200ms"}};
  for (const auto* office : {&town.north, &town.south}) {
    office->change_settings("RetryInterval = 5s", "RetryInterval = 1s");
    office->change_settings("Route = Direct", "Route = Direct\nRetries = 255\nUndialableAfter = 0");
  }
  Torture torture(town.north, town.south, 20'000, 8'000, seed_wanted());
  expect_books_in_order(torture, "Kills, over the telephone", "kills-telephone",
                        std::max(1U, crashes_wanted() / 10));
}

}  // namespace
}  // namespace external::test::torture_test
