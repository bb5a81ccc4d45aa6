// A program that is killed at any moment, again and again.
//
// A child works on the queue and reports each step over a pipe: before it ("about to") and after it is
// durable. It is killed at a random place, and the queue is compared with what was reported: a step that was
// only announced may have happened or not, everything else is certain.

#include "support.h"

#include <cstdlib>
#include <map>
#include <random>
#include <set>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace mailqueue::test::crash_test {
namespace {

enum class Step : char { accept, batch, finish, give_back, warn, partial_flush, partial_commit };

struct Report {
  Step step{};
  bool done = false;       ///< durable; else: about to be done
  char letter = 'm';       ///< of the message's key: m accepted, p received in parts, n a return, w a warning
  int number = 0;          ///< of the message's key, or of the transfer
  std::uint64_t size = 0;  ///< bytes kept, for partial_flush; messages accepted, for batch
  int finished = -1;       ///< message m that goes with the batch; -1: none
};

const std::vector<std::string> destinations{"HERE", "SOUTH/HUB", "NOTICES"};
constexpr std::uint64_t partial_size = 400'000;

std::string key_of(char letter, int number) {
  return letter + std::to_string(number);
}

Envelope numbered_mail(char letter, int number) {
  Envelope envelope = mail(key_of(letter, number), {{"a", "HERE"}, {"b", "SOUTH/HUB"}});
  envelope.recipients.resize(number % 3 == 0 ? 2 : 1);
  return envelope;
}

std::string content_of(int number) {
  return pattern(static_cast<std::size_t>(number) * 7919 % 90'000, number);
}

/// The transfer that is received in parts while messages with numbers near `next` are accepted.
int transfer_at(int next) {
  return next - next % 64;
}

constexpr int steps = 3;

/// The warning about message m `number` that is its `step`th, counted from 1.
int warning_of(int number, int step) {
  return number * (steps + 1) + step;
}

Envelope notice_of(char letter, int number) {
  Envelope notice = mail(key_of(letter, number), {{"ann", "NOTICES"}});
  notice.sender.clear();
  return notice;
}

/// What the child does until it is killed.
class Child {
 public:
  Child(const std::filesystem::path& file, int pipe, unsigned seed, int next)
      : queue_(file, {.memory = 40'000, .large = seed % 2 == 0 ? 100'000u : 1'000'000u}),
        pipe_(pipe),
        random_(seed),
        next_(next) {}

  [[noreturn]] void run() {
    queue_.recover(noon);
    for (;;) {
      accept();
      if (random_() % 4 == 0) accept_batch();
      for (unsigned moves = random_() % 6; moves > 0; --moves) move_one();
      if (random_() % 4 == 0) receive();
      if (random_() % 3 == 0) warn();
    }
  }

 private:
  template <class Action>
  void reported(Report report, Action action) {
    tell(report);
    action();
    report.done = true;
    tell(report);
  }

  void tell(const Report& report) const {
    if (::write(pipe_, &report, sizeof report) != sizeof report) ::_exit(1);
  }

  void accept() {
    const int number = next_++;
    const std::string content = content_of(number);
    reported({.step = Step::accept, .number = number},
             [&] { queue_.accept(numbered_mail('m', number), content, noon); });
  }

  /// Some mails come and one goes, in one step.
  void accept_batch() {
    const int first = next_;
    const int count = static_cast<int>(2 + random_() % 6);
    next_ += count;
    const std::vector<Work> work = queue_.pick({"HERE"}, noon, 1);
    const bool one_goes = !work.empty() && work[0].envelope.key[0] == 'm' && work[0].message % 3 != 0 &&
                          queue_.show(work[0].message)->recipients.size() == 1;
    const int finished = one_goes ? std::stoi(work[0].envelope.key.substr(1)) : -1;
    const Report report{.step = Step::batch,
                        .number = first,
                        .size = static_cast<std::uint64_t>(count),
                        .finished = finished};
    reported(report, [&] {
      queue_.batch([&] {
        for (int number = first; number < first + count; ++number) {
          if (number == first + 1 && one_goes) queue_.acknowledge(work[0].ids(), "HERE", noon);
          Writer writer = queue_.begin(noon);
          writer.append(content_of(number));
          writer.commit(numbered_mail('m', number), noon);
        }
      });
    });
  }

  void move_one() {
    std::vector<Work> work = queue_.pick(destinations, noon, 1);
    if (work.empty()) return;
    const std::string key = work[0].envelope.key;
    const Report report{.step = Step::finish, .letter = key[0], .number = std::stoi(key.substr(1))};
    queue_.start_transfer(work[0]);
    const unsigned choice = static_cast<unsigned>(random_() % 4);
    if (choice == 0) {
      queue_.fail(work[0].ids(), "NO CARRIER", noon, true, noon);
    } else if (choice == 1 && report.letter == 'm') {
      give_back(work[0], report);
    } else {
      reported(report, [&] { queue_.acknowledge(work[0].ids(), "SOUTH/HUB", noon); });
    }
  }

  void give_back(const Work& work, Report report) {
    report.step = Step::give_back;
    reported(report, [&] {
      queue_.give_back(work.ids(), "no way", notice_of('n', report.number), content_of(report.number), noon);
    });
  }

  /// Tells the sender of the message that waits longest with so many steps told.
  void warn() {
    const int told = static_cast<int>(random_() % steps);
    const std::vector<Work> work = queue_.delayed(Priority::normal, told, noon, 1);
    if (work.empty() || work[0].envelope.key[0] != 'm') return;
    const int number = warning_of(std::stoi(work[0].envelope.key.substr(1)), told + 1);
    reported({.step = Step::warn, .letter = 'w', .number = number}, [&] {
      queue_.warn(work[0].message, told + 1, "warned", notice_of('w', number), content_of(number), noon);
    });
  }

  /// A piece of one transfer, to its end in several attempts, and then the next.
  void receive() {
    const int number = transfer_at(next_);
    const std::string content = pattern(partial_size, number);
    Writer writer = queue_.partial("t" + std::to_string(number), content.size(), noon);
    const std::string_view piece = std::string_view(content).substr(writer.offset(), random_() % 200'000);
    writer.append(piece);
    reported({.step = Step::partial_flush, .number = number, .size = writer.offset()},
             [&] { writer.flush(noon); });
    if (writer.offset() < content.size()) return;
    reported({.step = Step::partial_commit, .letter = 'p', .number = number},
             [&] { writer.commit(numbered_mail('p', number), noon); });
  }

  Queue queue_;
  int pipe_;
  std::minstd_rand random_;
  int next_;
};

enum class Belief { maybe, there, gone };

/// What must be true after the reports so far.
class Model {
 public:
  void learn(const Report& report) {
    if (report.step == Step::partial_flush) {
      if (report.done) partials_[report.number] = report.size;
      return;
    }
    if (report.step == Step::batch) return learn_batch(report);
    Belief& belief = mails_[key_of(report.letter, report.number)];
    switch (report.step) {
      case Step::accept:
        next_ = std::max(next_, report.number + 1);
        belief = report.done ? Belief::there : Belief::maybe;
        return;
      case Step::finish:
        belief = report.done ? Belief::gone : Belief::maybe;
        return;
      case Step::give_back:
        belief = report.done ? Belief::gone : Belief::maybe;
        mails_[key_of('n', report.number)] = report.done ? Belief::there : Belief::maybe;
        given_back_ = report.done ? std::nullopt : std::optional(report.number);
        return;
      case Step::warn:
        belief = report.done ? Belief::there : Belief::maybe;
        return;
      case Step::batch:
      case Step::partial_flush:
        return;
      case Step::partial_commit:
        partials_.erase(report.number);
        // Received once more, it is a duplicate and must change nothing.
        if (received_.contains(report.number)) return;
        belief = report.done ? Belief::there : Belief::maybe;
        if (report.done) received_.insert(report.number);
        return;
    }
  }

  /// Compares, and takes what is found as certain for the next round.
  void check(Queue& queue) {
    queue.check();
    std::map<std::string, int> found;
    for (const MessageView& view : queue.list({.limit = 1'000'000})) {
      ++found[view.envelope.key];
      if (view.envelope.key[0] == 'p') received_.insert(std::stoi(view.envelope.key.substr(1)));
      check_content(queue, view);
      check_warnings(queue, view);
    }
    if (given_back_) {
      EXPECT_NE(found.contains(key_of('m', *given_back_)), found.contains(key_of('n', *given_back_)))
          << *given_back_ << ": both, or neither, of mail and notice";
      given_back_.reset();
    }
    check_batch(found);
    for (auto& [key, belief] : mails_) settle(key, belief, found);
    EXPECT_TRUE(found.empty()) << found.begin()->first << " came from nowhere";
    std::erase_if(partials_, [&](const auto& partial) {
      Writer writer = checked_partial(queue, partial.first, partial.second);
      const bool left_behind = partial.first < transfer_at(next_);
      if (left_behind) writer.discard();
      return left_behind;
    });
    accept_again(queue);
    queue.prune(noon);
  }

  int next() const { return next_; }
  std::size_t mails() const { return mails_.size(); }

 private:
  void learn_batch(const Report& report) {
    for (int number = report.number; number < report.number + static_cast<int>(report.size); ++number)
      mails_[key_of('m', number)] = report.done ? Belief::there : Belief::maybe;
    if (report.finished >= 0)
      mails_[key_of('m', report.finished)] = report.done ? Belief::gone : Belief::maybe;
    next_ = std::max(next_, report.number + static_cast<int>(report.size));
    batch_ = report.done ? std::nullopt : std::optional(report);
  }

  /// All of the batch that was only announced must be there, or nothing.
  void check_batch(const std::map<std::string, int>& found) {
    if (!batch_) return;
    const bool came = found.contains(key_of('m', batch_->number));
    for (int number = batch_->number; number < batch_->number + static_cast<int>(batch_->size); ++number)
      EXPECT_EQ(found.contains(key_of('m', number)), came) << "half a batch, at " << number;
    if (batch_->finished >= 0) {
      EXPECT_NE(found.contains(key_of('m', batch_->finished)), came) << "half a batch";
    }
    batch_.reset();
  }

  static void check_content(const Queue& queue, const MessageView& view) {
    const std::string& key = view.envelope.key;
    const int number = std::stoi(key.substr(1));
    EXPECT_EQ(all_of(queue, view.id), key[0] == 'p' ? pattern(partial_size, number) : content_of(number))
        << key;
  }

  /// A step is noted if, and only if, its warning was accepted.
  static void check_warnings(const Queue& queue, const MessageView& view) {
    if (view.envelope.key[0] != 'm') return;
    const int number = std::stoi(view.envelope.key.substr(1));
    for (int step = 1; step <= steps; ++step) {
      const bool warned = !queue.seen(key_of('w', warning_of(number, step)), {"ann"}).empty();
      EXPECT_EQ(warned, step <= view.warned) << view.envelope.key << ", step " << step;
    }
  }

  static void settle(const std::string& key, Belief& belief, std::map<std::string, int>& found) {
    const int times = found.contains(key) ? found.extract(key).mapped() : 0;
    EXPECT_LE(times, 1) << key;
    EXPECT_FALSE(belief == Belief::there && times == 0) << key << " is lost";
    EXPECT_FALSE(belief == Belief::gone && times > 0) << key << " came back";
    belief = times > 0 ? Belief::there : Belief::gone;
  }

  static Writer checked_partial(Queue& queue, int number, std::uint64_t size) {
    Writer writer = queue.partial("t" + std::to_string(number), partial_size, noon);
    EXPECT_GE(writer.offset(), size) << "transfer " << number;
    Writer expected = queue.begin(noon);
    expected.append(std::string_view(pattern(partial_size, number)).substr(0, writer.offset()));
    EXPECT_EQ(writer.digest(), expected.digest()) << "transfer " << number;
    return writer;
  }

  /// The sender, who was not told that it arrived, sends the last message once more.
  void accept_again(Queue& queue) {
    if (next_ == 0) return;
    const std::string key = key_of('m', next_ - 1);
    const Envelope envelope = numbered_mail('m', next_ - 1);
    const bool known = !queue.seen(key, {"a"}).empty();
    EXPECT_EQ(queue.accept(envelope, content_of(next_ - 1), noon).recipients,
              known ? 0 : envelope.recipients.size());
    if (!known) mails_[key] = Belief::there;
  }

  std::map<std::string, Belief> mails_;
  std::map<int, std::uint64_t> partials_;
  std::set<int> received_;         ///< transfers that became messages
  std::optional<int> given_back_;  ///< announced, not confirmed
  std::optional<Report> batch_;    ///< likewise
  int next_ = 0;
};

/// Lets a child work until it has reported `reports` steps, kills it, and reads what it still reported.
void work_and_kill(const Folder& folder, Model& model, unsigned seed, int reports) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::close(ends[0]);
    try {
      Child(folder.queue(), ends[1], seed, model.next()).run();
    } catch (const std::exception& error) {
      std::fprintf(stderr, "the child failed: %s\n", error.what());
    }
    ::_exit(1);
  }
  ::close(ends[1]);
  Report report;
  int seen = 0;
  while (::read(ends[0], &report, sizeof report) == sizeof report) {
    model.learn(report);
    if (++seen != reports) continue;
    // The child is at work meanwhile: this spreads the kills over all moments of a step.
    std::minstd_rand(seed).discard(seed % 400'000);
    ::kill(child, SIGKILL);
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself";
}

/// Appends and flushes small pieces, as they come over a slow line, and reports each flush, until it is
/// killed.
[[noreturn]] void receive_slowly(const std::filesystem::path& file, std::size_t large, int pipe) {
  constexpr std::size_t piece = 2500;
  Queue queue(file, {.large = large});
  const std::string content = pattern(partial_size);
  Writer writer = queue.partial("slow", content.size(), noon);
  for (;;) {
    if (writer.offset() + piece > content.size()) writer.restart();
    writer.append(std::string_view(content).substr(writer.offset(), piece));
    const std::uint64_t flushed = writer.offset();
    writer.flush(noon);
    writer.append(std::string_view(content).substr(writer.offset(), 10));
    if (::write(pipe, &flushed, sizeof flushed) != sizeof flushed) ::_exit(1);
  }
}

/// What is found after a kill in the middle: all that was reported as flushed.
void kill_a_receiver(const Folder& folder, std::size_t large, int flushes) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::close(ends[0]);
    receive_slowly(folder.queue(), large, ends[1]);
  }
  ::close(ends[1]);
  std::uint64_t flushed = 0;
  int seen = 0;
  while (::read(ends[0], &flushed, sizeof flushed) == sizeof flushed) {
    if (++seen == flushes) ::kill(child, SIGKILL);
  }
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  Queue queue(folder.queue());
  Writer writer = queue.partial("slow", partial_size, noon);
  EXPECT_GE(writer.offset(), flushed);
  Writer expected = queue.begin(noon);
  expected.append(std::string_view(pattern(partial_size)).substr(0, writer.offset()));
  EXPECT_EQ(writer.digest(), expected.digest());
}

int number_of_kills() {
  const char* const wish = std::getenv("EXTERNAL_TEST_KILLS");
  return wish != nullptr ? std::atoi(wish) : 30;
}

TEST(Crash, NothingIsLostAndNothingComesBack) {
  const Folder folder;
  Model model;
  std::minstd_rand random(20260301);
  for (int kill = 0; kill < number_of_kills(); ++kill) {
    SCOPED_TRACE("kill " + std::to_string(kill));
    work_and_kill(folder, model, static_cast<unsigned>(random()), static_cast<int>(1 + random() % 60));
    Queue queue(folder.queue());
    model.check(queue);
    if (HasFailure()) return;
  }
  EXPECT_GT(model.mails(), static_cast<std::size_t>(number_of_kills()));
}

TEST(Crash, EveryPieceThatWasFlushedIsFoundAgain) {
  for (const std::size_t large : {100'000u, 1'000'000u}) {
    const Folder folder;
    for (const int flushes : {1, 7, 30, 12, 55}) {
      SCOPED_TRACE(std::to_string(large) + ", killed after " + std::to_string(flushes));
      kill_a_receiver(folder, large, flushes);
    }
  }
}

}  // namespace
}  // namespace mailqueue::test::crash_test
