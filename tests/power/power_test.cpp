// Power is lost at any moment, again and again, and what is found afterwards is held against what was
// promised.

#include "disk.h"
#include "disk_vfs.h"
#include "ledger_paper.h"
#include "office.h"
#include "temp_folder.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

namespace external::test::power_test {
namespace {

namespace fs = std::filesystem;

/// A precaution that is not taken.
struct Removed {
  std::string name;        ///< for a test
  std::string precaution;  ///< in words
  Disk::Lie lie;
  bool weaker = false;      ///< synchronous = NORMAL
  bool told_early = false;  ///< before the commit
};

struct Outcome {
  unsigned losses = 0;
  unsigned kills = 0;
  std::map<std::string, unsigned> moments;  ///< how often power was lost while it did that
  std::uint64_t changes = 0;                ///< of the disk
  std::vector<std::string> complaints;      ///< of the last crash
  std::string last;                         ///< what the last crash was
  Ledger ledger;
};

const char* name_of(Loss loss) {
  switch (loss) {
    case Loss::everything:
      return "all forgotten";
    case Loss::some:
      return "a part forgotten";
    case Loss::torn:
      return "the last write torn";
  }
  return "";
}

/// Post offices through many crashes, one after the other, because much is done only at the beginning.
class Trial {
  static constexpr unsigned losses_of_a_life = 10;

 public:
  Trial(unsigned seed, Removed removed) : random_(seed), removed_(std::move(removed)) {}

  /// Until `losses` losses of power, or a broken promise.
  Outcome run(unsigned losses) {
    while (outcome_.losses < losses && outcome_.complaints.empty()) {
      begin();
      const auto goal = std::min(losses, outcome_.losses + losses_of_a_life);
      while (outcome_.losses < goal && outcome_.complaints.empty()) live_until_crash();
      if (outcome_.complaints.empty()) finish();
      leave();
    }
    outcome_.ledger = ledger_;
    return std::move(outcome_);
  }

 private:
  fs::path root() const { return folder_ / std::to_string(generation_); }

  /// A new post office, of which only the mailbox of the sender is there.
  void begin() {
    for (const auto* part : {"tmp", "new", "cur"}) fs::create_directories(root() / "mail" / "ANN" / part);
    disk_ = std::make_unique<Disk>(root(), removed_.lie);
    ledger_.mailboxes.clear();
    ledger_.received.clear();
  }

  void leave() {
    outcome_.changes += disk_->changes();
    disk_.reset();
    fs::remove_all(root());
    ++generation_;
  }

  void live_until_crash() {
    Ledger at_crash;
    std::string moment = "opening the queue";
    const bool killed = random_() % 5 == 0;
    const auto loss = static_cast<Loss>(random_() % 3);
    const auto crash = [&](const std::string& doing) {
      at_crash = ledger_;
      moment = doing;
      if (!killed) disk_->survivors(folder_ / std::to_string(generation_ + 1), loss, random_);
    };
    try {
      const DiskVfs vfs(removed_.weaker);
      // Sometimes the crash comes while the last one is still being recovered from.
      if (random_() % 4 == 0) disk_->stop_after(1 + random_() % 40, [&] { crash("recovering"); });
      Office office(root(), ledger_, random_, removed_.told_early);
      auto complaints = check(office.queue(), root(), ledger_);
      if (disk_->gone()) complaints.clear();
      outcome_.complaints = std::move(complaints);
      if (!outcome_.complaints.empty()) return;
      if (!disk_->gone()) {
        take_mail(office.queue(), root(), ledger_);
        disk_->stop_after(1 + random_() % 400, [&] { crash(std::string(office.doing())); });
      }
      while (!disk_->gone()) office.work();
    } catch (const std::exception& error) {
      if (!disk_->gone()) outcome_.complaints.emplace_back(error.what());
    }
    if (!outcome_.complaints.empty()) return;
    ledger_ = std::move(at_crash);
    if (killed) {
      ++outcome_.kills;
      outcome_.last = "a kill while " + moment;
      disk_->come_back();
      fs::remove(root() /
                 "queue.db-shm");  // nobody's after a kill, but the dying one has written into it here
    } else {
      ++outcome_.losses;
      ++outcome_.moments[moment];
      outcome_.last = fmt::format("loss of power {}: {}, while {}", outcome_.losses, name_of(loss), moment);
      leave();
      disk_ = std::make_unique<Disk>(root(), removed_.lie);
    }
  }

  /// All that is left goes its way, and nothing may remain.
  void finish() {
    try {
      const DiskVfs vfs;
      Office office(root(), ledger_, random_);
      outcome_.complaints = check(office.queue(), root(), ledger_);
      take_mail(office.queue(), root(), ledger_);
      office.finish();
      const auto complaints = check(office.queue(), root(), ledger_);
      outcome_.complaints.insert(outcome_.complaints.end(), complaints.begin(), complaints.end());
      take_mail(office.queue(), root(), ledger_);
      const auto left = office.queue().totals().messages;
      if (left > 0) outcome_.complaints.push_back(fmt::format("{} messages are left in the queue", left));
      if (!ledger_.mails.empty()) outcome_.complaints.push_back("not all mail is through");
    } catch (const std::exception& error) {
      outcome_.complaints.emplace_back(error.what());
    }
  }

  TempFolder folder_;
  unsigned generation_ = 0;
  std::mt19937 random_;
  Removed removed_;
  std::unique_ptr<Disk> disk_;
  Ledger ledger_;
  Outcome outcome_;
};

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  return text;
}

std::string table_of(const Outcome& outcome, unsigned seed) {
  std::string text = fmt::format(
      "Loss of power, seed {}: {} losses, {} kills between them, {} changes of the disk\n"
      "  accepted {}, of their recipients delivered {}, sent {}, returned {}\n  power was lost while",
      seed, outcome.losses, outcome.kills, outcome.changes, outcome.ledger.accepted, outcome.ledger.delivered,
      outcome.ledger.acknowledged, outcome.ledger.returned);
  const char* separator = " ";
  for (const auto& [moment, times] : outcome.moments) {
    text += fmt::format("{}{} {}", separator, moment, times);
    separator = ", ";
  }
  return text + "\n";
}

TEST(PowerLoss, EveryPromiseIsKept) {
  const auto seed = seed_wanted();
  const auto outcome = Trial(seed, {}).run(crashes_wanted());
  publish("power", table_of(outcome, seed));
  EXPECT_TRUE(outcome.complaints.empty()) << "seed " << seed << ", after " << outcome.last << ":\n"
                                          << joined(outcome.complaints);
  EXPECT_GE(outcome.losses, crashes_wanted());
  EXPECT_GT(outcome.ledger.delivered, 0u);
  EXPECT_GT(outcome.ledger.returned, 0u);
}

Disk::Lie lies_about_file(const std::string& start) {
  return [start](const fs::path& path, bool folder) { return !folder && path.string().starts_with(start); };
}
Disk::Lie lies_about_folder(const std::string& name) {
  return [name](const fs::path& path, bool folder) { return folder && path == name; };
}
Disk::Lie lies_about_mail(const std::string& part) {
  return [part](const fs::path& path, bool) {
    const auto text = path.string();
    if (part == "box") return text == "mail" || (text.starts_with("mail/") && path.parent_path() == "mail");
    return text.starts_with("mail/") && (path.filename() == part || path.parent_path().filename() == part);
  };
}

/// All precautions by which the queue and the mailboxes keep their promises through a loss of power.
std::vector<Removed> precautions() {
  return {
      {"Log", "the log of the database is waited for", lies_about_file("queue.db-wal")},
      {"FullSynchronous", "synchronous = FULL, not NORMAL", {}, true},
      {"Database", "the database is waited for before its log is used anew",
       [](const fs::path& path, bool) { return path == "queue.db"; }},
      {"NamesOfTheDatabase", "the names of database and log are waited for", lies_about_folder(".")},
      {"LargeContent", "large content is waited for", lies_about_file("queue.db-content/")},
      {"NamesOfLargeContents", "the names of large contents are waited for",
       lies_about_folder("queue.db-content")},
      {"DeliveredFile", "a delivered file is waited for", lies_about_mail("tmp")},
      {"NameOfADeliveredFile", "the name of a delivered file is waited for", lies_about_mail("new")},
      {"NewMailbox", "a new mailbox is waited for", lies_about_mail("box")},
      {"Commit", "nobody is told before the commit", {}, false, true},
  };
}

class PowerLossNotices : public testing::TestWithParam<Removed> {};

TEST_P(PowerLossNotices, APrecautionThatIsMissing) {
  constexpr unsigned most = 400;
  const auto seed = seed_wanted();
  const auto outcome = Trial(seed, GetParam()).run(most);
  ASSERT_FALSE(outcome.complaints.empty())
      << "seed " << seed << ": not noticed in " << most << " losses of power";
  publish("power-without-" + GetParam().name, fmt::format("Not \"{}\": {} -> {}\n", GetParam().precaution,
                                                          outcome.last, outcome.complaints.front()));
}

std::string name_of_test(const testing::TestParamInfo<Removed>& removed) {
  return removed.param.name;
}

INSTANTIATE_TEST_SUITE_P(All, PowerLossNotices, testing::ValuesIn(precautions()), name_of_test);

}  // namespace
}  // namespace external::test::power_test
