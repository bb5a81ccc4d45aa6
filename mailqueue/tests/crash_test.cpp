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

namespace mailqueue::test {
namespace {

enum class Step : char { accept, finish, give_back, partial_flush, partial_commit };

struct Report {
  Step step{};
  bool done = false;       ///< durable; else: about to be done
  char letter = 'm';       ///< of the message's key: m accepted, p received in parts, n a notice
  int number = 0;          ///< of the message's key, or of the transfer
  std::uint64_t size = 0;  ///< bytes kept, for partial_flush
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

Envelope notice_about(int number) {
  Envelope notice = mail(key_of('n', number), {{"ann", "NOTICES"}});
  notice.sender.clear();
  return notice;
}

/// What the child does until it is killed.
class Child {
 public:
  Child(const std::filesystem::path& file, int pipe, unsigned seed, int next)
      : queue_(file, {.memory = 40'000}), pipe_(pipe), random_(seed), next_(next) {}

  [[noreturn]] void run() {
    queue_.recover(noon);
    for (;;) {
      accept();
      for (unsigned moves = random_() % 6; moves > 0; --moves) move_one();
      if (random_() % 4 == 0) receive();
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
      queue_.give_back(work.ids(), "no way", notice_about(report.number), content_of(report.number), noon);
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
    for (const MessageView& view : queue.list({{}, {}, 1'000'000})) {
      ++found[view.envelope.key];
      if (view.envelope.key[0] == 'p') received_.insert(std::stoi(view.envelope.key.substr(1)));
      check_content(queue, view);
    }
    if (given_back_) {
      EXPECT_NE(found.contains(key_of('m', *given_back_)), found.contains(key_of('n', *given_back_)))
          << *given_back_ << ": both, or neither, of mail and notice";
      given_back_.reset();
    }
    for (auto& [key, belief] : mails_) settle(key, belief, found);
    EXPECT_TRUE(found.empty()) << found.begin()->first << " came from nowhere";
    std::erase_if(partials_, [&](const auto& partial) {
      Writer writer = checked_partial(queue, partial.first, partial.second);
      const bool left_behind = partial.first < transfer_at(next_);
      if (left_behind) writer.discard();
      return left_behind;
    });
    accept_again(queue);
  }

  int next() const { return next_; }
  std::size_t mails() const { return mails_.size(); }

 private:
  static void check_content(const Queue& queue, const MessageView& view) {
    const std::string& key = view.envelope.key;
    const int number = std::stoi(key.substr(1));
    EXPECT_EQ(all_of(queue, view.id), key[0] == 'p' ? pattern(partial_size, number) : content_of(number))
        << key;
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

}  // namespace
}  // namespace mailqueue::test
