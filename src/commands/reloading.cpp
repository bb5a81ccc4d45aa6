#include "reloading.h"

#include <external/base/text.h>

#include <algorithm>

namespace external::commands {

namespace {

Reload refused(std::vector<std::string> problems) {
  problems.emplace_back(
      "Nothing was changed: External goes on with the settings of before; correct what is said above and "
      "reload again.");
  return {false, std::move(problems)};
}

Reload refused(const config::Diagnostics& diagnostics) {
  std::vector<std::string> problems;
  for (const auto& one : config::in_order(diagnostics)) problems.push_back(config::to_string(one));
  return refused(std::move(problems));
}

/// The instance that people mean by this name; nothing if there was none and is none.
std::optional<std::string> name_of_instance(const config::Settings& running, const config::Settings& wanted,
                                            const std::string& name) {
  for (const auto* settings : {&wanted, &running}) {
    if (const auto* instance = settings->find_instance(name)) return instance->name;
  }
  return std::nullopt;
}

std::string unknown_instance(const config::Settings& wanted, const std::string& name) {
  std::vector<std::string> known;
  for (const auto& instance : wanted.instances) known.push_back(instance.name);
  const auto near = nearest(name, known);
  return "unknown instance " + visible(name) +
         (near.empty() ? "; add [External-" + visible(name) + "] to " + wanted.file.string()
                       : "; did you mean " + near + "?");
}

}  // namespace

Task<Reload> Reloading::run(std::string instance) {
  if (under_way_) {
    Reload busy;
    busy.lines.emplace_back("another reload is under way; ask again when it is done");
    co_return busy;
  }
  struct UnderWay {
    bool& flag;
    explicit UnderWay(bool& to) : flag(to) { flag = true; }
    ~UnderWay() { flag = false; }
  } const under_way(under_way_);
  Worker worker;
  const auto read = [this] { return config::read(running_->file, overrides_); };
  auto reading = co_await worker.run(read);
  if (config::has_errors(reading.diagnostics)) co_return refused(reading.diagnostics);
  Reload result;
  if (instance.empty()) {
    result = co_await all(std::move(reading.settings));
  } else {
    result = co_await one(std::move(reading.settings), instance);
  }
  co_return result;
}

Task<Reload> Reloading::all(config::Settings wanted) {
  const auto changes = config::compare(*running_, wanted);
  auto settings = config::applicable(*running_, std::move(wanted));
  co_return co_await put_in_place(std::move(settings), changes);
}

Task<Reload> Reloading::one(config::Settings wanted, const std::string& instance) {
  const auto name = name_of_instance(*running_, wanted, instance);
  if (!name) {
    std::vector<std::string> problems{unknown_instance(wanted, instance)};
    co_return refused(std::move(problems));
  }
  auto changes = config::compare(*running_, wanted);
  std::erase_if(changes, [&](const config::Change& change) { return change.section != "External-" + *name; });
  if (changes.empty()) {
    co_await hooks_.renew(*name);
    Reload result;
    result.ok = true;
    result.lines.push_back("External-" + *name +
                           ": nothing has changed; the line starts anew as soon as its call is over.");
    co_return result;
  }
  auto settings = config::with_instance(*running_, wanted, *name);
  co_return co_await put_in_place(std::move(settings), changes);
}

Task<Reload> Reloading::put_in_place(config::Settings settings, const std::vector<config::Change>& changes) {
  const auto shared = std::make_shared<const config::Settings>(std::move(settings));
  std::string trouble;
  std::vector<std::string> told;
  try {
    told = co_await hooks_.use(shared);
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;
    trouble = error.what();
  } catch (const std::exception& error) {
    trouble = error.what();
  }
  if (!trouble.empty()) {
    auto problems = split(trouble, '\n');
    co_return refused(std::move(problems));
  }
  running_ = shared;
  Reload result;
  result.ok = true;
  for (const auto& change : changes) result.lines.push_back(config::to_string(change));
  if (changes.empty() && told.empty())
    result.lines.push_back(running_->file.string() + " was read again: nothing has changed.");
  std::ranges::move(told, std::back_inserter(result.lines));
  co_return result;
}

}  // namespace external::commands
