// A program as a way out.

#include "child.h"
#include "outlets.h"

#include <external/base/async.h>
#include <external/base/text.h>

#include <sysexits.h>

namespace external::outlet {

namespace {

constexpr std::size_t content_piece = 64 * 1024;
constexpr std::size_t longest_answer = 500;

/// What the names in arguments stand for.
using Values = std::vector<std::pair<std::string_view, std::string>>;

/// In one go: a value may look like a name.
std::string filled_in(std::string_view text, const Values& values) {
  std::string result;
  while (!text.empty()) {
    const auto found = std::find_if(values.begin(), values.end(),
                                    [&](const auto& value) { return text.starts_with(value.first); });
    if (found == values.end()) {
      result += text.front();
      text.remove_prefix(1);
    } else {
      result += found->second;
      text.remove_prefix(found->first.size());
    }
  }
  return result;
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
  ProgramOutlet(config::Program way, Clock& clock) : way_(std::move(way)), clock_(clock) {}

  Task<Result> hand_over(const Parcel& parcel) override {
    Result result;
    for (const auto& recipient : parcel.recipients) {
      auto outcome = co_await hand_to(recipient.address, parcel, result);
      result.outcomes.push_back(std::move(outcome));
    }
    co_return result;
  }

 private:
  const std::string& name() const { return way_.arguments.front(); }

  std::vector<std::string> arguments_for(const std::string& recipient, const Parcel& parcel) const {
    const Values values{{"{sender}", parcel.sender},
                        {"{recipient}", recipient},
                        {"{mailbox}", recipient.substr(0, recipient.rfind('@'))},
                        {"{key}", parcel.key}};
    auto arguments = way_.arguments;
    for (std::size_t at = 1; at < arguments.size(); ++at) arguments[at] = filled_in(arguments[at], values);
    return arguments;
  }

  /// An address must not become an option: of the arguments, those that a value begins with '-'.
  bool is_safe(const std::vector<std::string>& arguments) const {
    for (std::size_t at = 1; at < arguments.size(); ++at) {
      if (arguments[at].starts_with('-') && !way_.arguments[at].starts_with('-')) return false;
    }
    return true;
  }

  Task<Outcome> hand_to(const std::string& recipient, const Parcel& parcel, Result& result) {
    const auto arguments = arguments_for(recipient, parcel);
    if (!is_safe(arguments)) {
      Outcome refused{Outcome::Kind::failed, "5.1.3",
                      "an address that begins with '-' is not given to " + name()};
      co_return refused;
    }
    auto executor = co_await asio::this_coro::executor;
    std::string trouble;
    std::optional<Child> child;
    try {
      child.emplace(executor, arguments);
    } catch (const boost::system::system_error& error) {
      trouble = error.code().message();
    }
    if (!child) {
      result.out_of_order = true;
      co_return later("cannot run " + name() + ": " + trouble);
    }
    std::string said;
    const auto give = [&]() -> Task<> { co_await feed(*child, parcel); };
    const auto end = co_await see_to_its_end(*child, give, said, longest_answer, way_.patience, clock_);
    co_return outcome_of(end, visible(trim(said)));
  }

  static Task<> feed(Child& child, const Parcel& parcel) {
    bool reads = co_await child.write(parcel.head);
    for (std::uint64_t at = 0; reads;) {
      const auto piece = co_await parcel.content(at, content_piece);
      if (piece.empty()) break;
      at += piece.size();
      reads = co_await child.write(piece);
    }
    child.close_input();
  }

  Outcome outcome_of(const std::optional<End>& end, const std::string& said) const {
    if (!end) return later(name() + " did not end in time and was killed");
    if (end->signal != 0) return later(name() + " was killed by signal " + std::to_string(end->signal));
    if (end->code == 0) return {Outcome::Kind::delivered, "2.0.0", "taken by " + name()};
    auto text = name() + " ended with exit code " + std::to_string(end->code);
    if (!said.empty()) text += ": " + said;
    if (!is_final(end->code)) return later(text);
    return {Outcome::Kind::failed, end->code == EX_NOUSER ? "5.1.1" : "5.3.0", text};
  }

  config::Program way_;
  Clock& clock_;
};

}  // namespace

std::unique_ptr<Outlet> make_program(const config::Program& way, Clock& clock) {
  return std::make_unique<ProgramOutlet>(way, clock);
}

}  // namespace external::outlet
