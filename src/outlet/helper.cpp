#include "child.h"

#include <external/base/text.h>
#include <external/outlet/helper.h>

namespace external::outlet {

namespace {

constexpr std::size_t longest_text = 300;

HelperEnd result_of(const std::optional<End>& end, const std::string& said, Duration limit) {
  if (end && end->signal == 0 && end->code == 0) return {true, {}};
  std::string text;
  if (!end) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(limit).count();
    text = "it did not end in " + std::to_string(seconds) + " s and was killed";
  } else if (end->signal != 0) {
    text = "it was killed by signal " + std::to_string(end->signal);
  } else {
    text = "it ended with exit code " + std::to_string(end->code);
  }
  if (!said.empty()) text += ": " + said;
  return {false, std::move(text)};
}

}  // namespace

Task<HelperEnd> run_helper(std::vector<std::string> arguments, Environment environment, Duration limit,
                           Clock& clock) {
  const auto executor = co_await asio::this_coro::executor;
  std::optional<Child> child;
  std::string trouble;
  try {
    child.emplace(executor, arguments, environment);
  } catch (const boost::system::system_error& error) {
    trouble = error.code().message();
  }
  if (!child) {
    HelperEnd end{false, "it cannot be run: " + trouble};
    co_return end;
  }
  std::string said;
  const auto give_nothing = [&]() -> Task<> {
    child->close_input();
    co_return;
  };
  const auto end = co_await see_to_its_end(*child, give_nothing, said, longest_text, limit, clock);
  co_return result_of(end, visible(trim(said)), limit);
}

}  // namespace external::outlet
