#include "guest.h"

#include <external/base/async.h>

#include <fmt/format.h>

namespace external::soak {

using namespace std::chrono_literals;

namespace {

constexpr std::string_view ok = "\r\nOK\r\n";
constexpr Duration guard_time = 1500ms;  ///< silence around +++

/// Of a Telnet command that begins `text`; 0 while it is not complete.
std::size_t telnet_size(std::string_view text) {
  if (text.size() < 2) return 0;
  const auto what = static_cast<unsigned char>(text[1]);
  if (what == 250) {
    const auto end = text.find("\xFF\xF0");
    return end == std::string_view::npos ? 0 : end + 2;
  }
  const std::size_t size = what > 250 && what < 255 ? 3 : 2;
  return text.size() < size ? 0 : size;
}

}  // namespace

Guest::Guest(const asio::any_io_executor& executor, Clock& clock, GuestPlan plan)
    : clock_(clock),
      plan_(std::move(plan)),
      executor_(executor),
      random_(plan_.seed),
      connection_(executor) {}

void Guest::enter(sharing::Pools& pools) {
  auto its_end = std::make_unique<test::PipedStream>(executor_);
  its_end->other = &connection_;
  connection_.other = its_end.get();
  pools.welcome(plan_.pool, plan_.protocol, std::move(its_end), plan_.address);
  asio::co_spawn(executor_, live(), asio::detached);
}

Task<> Guest::live() {
  co_await first_of(act(), clock_.wait_for(plan_.patience));
  if (connection_.other && plan_.leaving == Leaving::cable_out) {
    connection_.other->stall();
    co_await clock_.wait_for(until_known_dead);
  }
  if (connection_.other) connection_.other->close();
  over_ = true;
}

Task<> Guest::act() {
  const bool answers = co_await command("AT\r");
  if (answers) co_await run_errand();
  // A modem that was not left clean by who had it before might be silent.
  if (answers_ == 0 && heard_.find("nothing was said") != std::string::npos)
    complaint_ = plan_.address + " was lent a modem that answers nothing: " + heard_;
}

Task<> Guest::run_errand() {
  switch (plan_.errand) {
    case Errand::commands:
      return give_commands();
    case Errand::dials:
      return dial();
    case Errand::sleeps:
      return sleep();
    case Errand::stays:
      return stay();
    case Errand::spoils:
      break;
  }
  say("ATE0Q1V0S0=1\r");
  return stay();
}

Task<> Guest::give_commands() {
  const unsigned count = 1 + random_() % 10;
  for (unsigned number = 0; number < count; ++number) {
    const bool answered = co_await command(number % 2 == 0 ? "ATI\r" : "ATS7?\r");
    if (!answered) co_return;
    co_await clock_.wait_for(between(0, 4));
  }
}

Task<> Guest::dial() {
  say("ATDT" + plan_.number + "\r");
  while (!at_end_ && heard_.find("\r\n", heard_.find_first_of("CBN", seen_)) == std::string::npos)
    co_await read_some();
  const auto connect = heard_.find("CONNECT", seen_);
  if (connect == std::string::npos) co_return;
  seen_ = heard_.find("\r\n", connect) + 2;
  co_await talk();
  if (!at_end_ && random_() % 2 == 0) co_await hang_up();
}

Task<> Guest::talk() {
  const unsigned count = 1 + random_() % 6;
  for (unsigned number = 0; number < count && !at_end_; ++number) {
    std::string words;
    const std::size_t size = 20 + random_() % 2000;
    while (words.size() < size) words += fmt::format("{} says its word {}. ", plan_.address, number);
    say(words);
    while (!at_end_ && heard_.size() - seen_ < words.size()) co_await read_some();
    compare(words);
    co_await clock_.wait_for(between(0, 5));
  }
}

/// The connection may have ended meanwhile; then the pool has said why.
void Guest::compare(const std::string& wanted) {
  auto came = heard_.substr(seen_, wanted.size());
  if (at_end_) came = came.substr(0, came.rfind(plan_.pool + ": "));
  if (!wanted.starts_with(came))
    complaint_ = fmt::format("{} said '{}', and heard '{}'", plan_.address, wanted, came);
  seen_ += came.size();
  echoed_ += came.size();
}

Task<> Guest::hang_up() {
  co_await clock_.wait_for(guard_time);
  const bool escaped = co_await command("+++");
  if (escaped) co_await command("ATH\r");
}

Task<> Guest::sleep() {
  const bool rang = co_await hear("\r\nRING\r\n");
  if (rang && plan_.pool == "DESK") co_await answer();
  while (!at_end_) co_await read_some();
}

Task<> Guest::answer() {
  say("ATA\r");
  answered_call_ = co_await hear(greeting);
  if (answered_call_) say("you have reached a guest.");
}

Task<> Guest::stay() {
  while (!at_end_) {
    co_await first_of(read_some(), clock_.wait_for(between(5, 20)));
    say("AT\r");
  }
}

Task<bool> Guest::command(std::string_view text) {
  say(text);
  const bool answered = co_await hear(ok);
  if (answered) ++answers_;
  co_return answered;
}

Task<bool> Guest::hear(std::string_view words) {
  for (;;) {
    const auto at = heard_.find(words, seen_);
    if (at != std::string::npos) {
      seen_ = at + words.size();
      co_return true;
    }
    if (at_end_) co_return false;
    co_await read_some();
  }
}

Task<> Guest::read_some() {
  std::array<char, 2048> buffer;
  const auto size = co_await connection_.read(buffer);
  if (size == 0) at_end_ = true;
  take({buffer.data(), size});
}

void Guest::take(std::string_view bytes) {
  for (const char byte : bytes) {
    if (telnet_.empty() && byte != '\xFF') {
      heard_ += byte;
      continue;
    }
    telnet_ += byte;
    if (telnet_size(telnet_) == telnet_.size()) telnet_.clear();
  }
}

void Guest::say(std::string_view text) {
  if (connection_.other) connection_.other->hear(text);
}

Duration Guest::between(unsigned least, unsigned most) {
  return std::chrono::seconds(least + random_() % (most - least + 1));
}

}  // namespace external::soak
