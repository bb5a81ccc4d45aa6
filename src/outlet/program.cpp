// A program as a way out.

#include "child.h"
#include "outlets.h"

#include <external/base/async.h>
#include <external/base/text.h>

#include <sysexits.h>

namespace external::outlet {

namespace {

constexpr std::size_t piece_size = 64 * 1024;
constexpr std::size_t longest_text = 500;

std::string mailbox_of(const std::string& address) {
  return address.substr(0, address.rfind('@'));
}

void replace(std::string& text, std::string_view name, const std::string& value) {
  for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at + value.size()))
    text.replace(at, name.size(), value);
}

bool is_final(int code) {
  return code == EX_USAGE || code == EX_DATAERR || code == EX_NOUSER || code == EX_NOHOST ||
         code == EX_UNAVAILABLE || code == EX_CANTCREAT || code == EX_NOPERM;
}

Outcome later(std::string text) {
  return {Outcome::Kind::later, "4.3.0", std::move(text)};
}

class ProgramOutlet final : public Outlet {
 public:
  ProgramOutlet(Program way, Clock& clock) : way_(std::move(way)), clock_(clock) {}

  std::string name() const override { return way_.arguments.front(); }

  Task<std::vector<Outcome>> hand_over(const Parcel& parcel) override {
    std::vector<Outcome> outcomes;
    for (const auto& recipient : parcel.recipients) {
      outcomes.push_back(co_await hand_to(recipient, parcel));
    }
    co_return outcomes;
  }

 private:
  std::vector<std::string> arguments_for(const std::string& recipient, const Parcel& parcel) const {
    auto arguments = way_.arguments;
    for (std::size_t at = 1; at < arguments.size(); ++at) {
      replace(arguments[at], "{sender}", parcel.sender);
      replace(arguments[at], "{recipient}", recipient);
      replace(arguments[at], "{mailbox}", mailbox_of(recipient));
      replace(arguments[at], "{key}", parcel.key);
    }
    return arguments;
  }

  Task<Outcome> hand_to(const std::string& recipient, const Parcel& parcel) {
    auto executor = co_await asio::this_coro::executor;
    std::string trouble;
    std::optional<Child> child;
    try {
      child.emplace(executor, arguments_for(recipient, parcel));
    } catch (const boost::system::system_error& error) {
      trouble = error.code().message();
    }
    if (!child) co_return later("cannot run " + name() + ": " + trouble);
    std::string said;
    std::optional<End> end;
    const auto talk = [&]() -> Task<> {
      const auto listen = [&]() -> Task<> { said = co_await child->read_output(longest_text); };
      const auto feed = [&]() -> Task<> {
        co_await feed_child(*child, parcel);
        end = co_await child->wait();
      };
      auto both = asio::experimental::make_parallel_group(asio::co_spawn(executor, listen(), asio::deferred),
                                                          asio::co_spawn(executor, feed(), asio::deferred));
      co_await both.async_wait(asio::experimental::wait_for_all(), asio::use_awaitable);
    };
    co_await first_of(talk(), clock_.wait_for(way_.patience));
    co_await cancellation_point();
    co_return outcome_of(end, visible(trim(said)));
  }

  static Task<> feed_child(Child& child, const Parcel& parcel) {
    bool reads = co_await child.write(parcel.head);
    for (std::uint64_t at = 0; reads;) {
      const auto piece = co_await parcel.content(at, piece_size);
      if (piece.empty()) break;
      at += piece.size();
      reads = co_await child.write(piece);
    }
    child.close_input();
  }

  Outcome outcome_of(const std::optional<End>& end, const std::string& said) const {
    if (!end) return later(name() + " did not end in time and was killed");
    if (end->signal != 0) return later(name() + " was killed by signal " + std::to_string(end->signal));
    if (end->code == 0) return {Outcome::Kind::delivered, "2.0.0", {}};
    auto text = name() + " ended with exit code " + std::to_string(end->code);
    if (!said.empty()) text += ": " + said;
    if (!is_final(end->code)) return later(text);
    return {Outcome::Kind::failed, end->code == EX_NOUSER ? "5.1.1" : "5.3.0", text};
  }

  Program way_;
  Clock& clock_;
};

}  // namespace

std::unique_ptr<Outlet> make_program(const Program& way, Clock& clock) {
  return std::make_unique<ProgramOutlet>(way, clock);
}

}  // namespace external::outlet
