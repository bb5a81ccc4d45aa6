#include "viewer.h"

namespace external::console {

namespace {

using What = Action::What;
using On = Action::On;
using Kind = Key::Kind;

constexpr std::size_t airy = 16;   ///< rows from which blank ones are left
constexpr std::size_t roomy = 66;  ///< columns from which there is room for more than names

std::string title(const Scene& scene, bool monitor, const Sheet& sheet) {
  const auto& status = scene.status;
  std::string name = "External";
  if (monitor) name += " monitor";
  if (!status.version.empty() && sheet.width >= roomy) name += " " + status.version;
  name += "  " + readable(status.home, sheet.charset);
  const std::size_t used = width_of(name);
  const std::size_t room = sheet.width > used ? sheet.width - used : 0;
  std::string now = local_time(status.now, "%m-%d-%Y %H:%M:%S");
  if (now.size() + 2 > room) now = local_time(status.now, "%H:%M:%S");
  return cut(name + right(now, std::max(room, now.size() + 2)), sheet.width);
}

int steps_of(const Key& key, std::size_t rows) {
  const int page = static_cast<int>(std::max<std::size_t>(rows, 2)) - 1;
  switch (key.kind) {
    case Kind::up:
      return -1;
    case Kind::down:
      return 1;
    case Kind::page_up:
      return -page;
    case Kind::page_down:
      return page;
    default:
      return 0;
  }
}

bool goes_down(const Key& key) {
  return key.kind == Kind::down || key.kind == Kind::page_down;
}

bool goes_up(const Key& key) {
  return key.kind == Kind::up || key.kind == Kind::page_up;
}

}  // namespace

// --- what is shown

Frame Viewer::draw(const Scene& scene, std::size_t width, std::size_t height) {
  lends_ = !scene.status.shares.empty();
  Sheet sheet{width, 0, options_.charset};
  Frame frame{{title(scene, options_.monitor, sheet), Look::bar}};
  if (!scene.trouble.empty()) {
    frame.push_back({cut(readable(scene.trouble, sheet.charset), width), Look::bad});
  } else if (height >= airy) {
    frame.emplace_back();
  }
  const std::string& said = scene.news != read_news_ ? scene.news : said_;
  const std::size_t below = said.empty() ? 1 : 2;
  rows_ = height > frame.size() + below ? height - frame.size() - below : 0;
  sheet.height = rows_;
  const auto page = page_rows(scene, sheet);
  frame.insert(frame.end(), page.begin(), page.end());
  frame.resize(height > below ? height - below : 0);
  if (!said.empty()) frame.push_back({cut(readable(said, sheet.charset), width), Look::busy});
  frame.push_back({cut(readable(bottom_line(width), sheet.charset), width), Look::bar});
  frame.resize(height);
  return frame;
}

Frame Viewer::page_rows(const Scene& scene, const Sheet& sheet) {
  switch (page_) {
    case Page::help:
      return help_page(sheet, options_.monitor);
    case Page::lan:
      return office_page(scene, sheet, Medium::lan, lan_);
    case Page::modem:
      return office_page(scene, sheet, Medium::modem, modem_);
    case Page::queue:
      return queue_page(scene, sheet, messages_, pages_before_.empty());
    case Page::log:
      log_rows_ = log_rows(log_end_ ? log_ : scene.log, sheet);
      return part_up_to(log_rows_, log_end_.value_or(log_rows_.size()), sheet.height);
    case Page::pools:
      return pools_page(scene, sheet, pools_);
    case Page::main:
      break;
  }
  return main_page(scene, sheet, lines_);
}

std::string Viewer::bottom_line(std::size_t width) const {
  if (leaving_) return options_.monitor ? "Leaving the monitor." : "Shutting down ...";
  return question_ ? question_->text : page_keys(width);
}

std::string Viewer::main_keys(std::size_t width) const {
  const char* last = lends_ ? "6" : "5";
  if (width < roomy) return std::string("F1 Help  F2-F") + last + " Pages  ";
  if (!lends_) return "F1 Help  F2 LAN  F3 Modem  F4 Queue  F5 Log   ";
  return "F1 Help  F2 LAN  F3 Modem  F4 Queue  F5 Log  F6 Lent  ";
}

std::string Viewer::page_keys(std::size_t width) const {
  const bool wide = width >= roomy;
  std::string leave = "ESC ends External.";
  if (options_.monitor) leave = wide ? "ESC leaves the monitor." : "ESC leaves.";
  switch (page_) {
    case Page::main:
      return main_keys(width) + leave;
    case Page::lan:
    case Page::modem:
      return "ESC Back  F1 Help   c Call  u Hang up  h Hold  r Release  t Try now";
    case Page::queue:
      return "ESC Back  F1 Help   c Call  h Hold  r Release  t Try now";
    case Page::pools:
      return "ESC Back  F1 Help   u End the lease, or the wait";
    case Page::log:
      return log_end_ ? "Scrolled back; End follows   F1 Help  ESC Back"
                      : "Follows; PgUp scrolls   F1 Help  ESC Back";
    case Page::help:
      break;
  }
  return "ESC Back";
}

Wanted Viewer::wanted() const {
  return {page_ == Page::queue, pages_before_.empty() ? 0 : pages_before_.back(), page_ == Page::log};
}

// --- keys

std::optional<Action> Viewer::take(const Key& key, const Scene& scene) {
  if (leaving_) return std::nullopt;
  if (question_) return answer(key);
  said_.clear();
  read_news_ = scene.news;
  switch (key.kind) {
    case Kind::escape:
      escape();
      return std::nullopt;
    case Kind::function:
      return take_character(static_cast<char>(key.number <= 6 ? '0' + key.number : ' '), scene);
    case Kind::character:
      return take_character(key.character, scene);
    case Kind::hang_up:
      hang_up(scene);
      return std::nullopt;
    default:
      move(key, scene);
      return std::nullopt;
  }
}

std::optional<Action> Viewer::answer(const Key& key) {
  const auto answer = Question::answer(key);
  if (answer == Question::Answer::none) return std::nullopt;
  const Action action = question_->action;
  question_.reset();
  if (answer == Question::Answer::no) return std::nullopt;
  leaving_ = action.what == What::quit;
  return action;
}

std::optional<Action> Viewer::take_character(char character, const Scene& scene) {
  switch (character) {
    case '1':
      turn_to(Page::help);
      return std::nullopt;
    case '2':
      turn_to(Page::lan);
      return std::nullopt;
    case '3':
      turn_to(Page::modem);
      return std::nullopt;
    case '4':
      turn_to(Page::queue);
      return std::nullopt;
    case '5':
      turn_to(Page::log);
      return std::nullopt;
    case '6':
      turn_to(Page::pools);
      return std::nullopt;
    case '0':
      turn_to(Page::main);
      return std::nullopt;
    case 'q':
      escape();
      return std::nullopt;
    case 'c':
      return call(scene);
    case 'u':
      hang_up(scene);
      return std::nullopt;
    case 'h':
      return change(What::hold);
    case 'r':
      return change(What::release);
    case 't':
      return change(What::retry);
    default:
      return std::nullopt;
  }
}

void Viewer::turn_to(Page page) {
  page_ = page;
  log_end_.reset();
  pages_before_.clear();
}

void Viewer::escape() {
  if (page_ != Page::main) return turn_to(Page::main);
  ask(options_.monitor ? "Leave the monitor? External goes on. Y/N" : "Press Y to exit, N to continue.", {});
}

// --- lists

void Viewer::move(const Key& key, const Scene& scene) {
  switch (page_) {
    case Page::main:
      return move_choice(lines_, key);
    case Page::lan:
      return move_choice(lan_, key);
    case Page::modem:
      return move_choice(modem_, key);
    case Page::queue:
      return move_in_queue(key, scene);
    case Page::log:
      return scroll_log(key, scene);
    case Page::pools:
      return move_choice(pools_, key);
    case Page::help:
      return;
  }
}

void Viewer::move_choice(Choice& choice, const Key& key) const {
  if (key.kind == Kind::home) return choice.choose_first();
  if (key.kind == Kind::end) return choice.choose_last();
  choice.move(steps_of(key, rows_));
}

void Viewer::move_in_queue(const Key& key, const Scene& scene) {
  const auto& messages = scene.messages;
  if (goes_down(key) && messages_.is_last() && messages.more && !messages.messages.empty()) {
    pages_before_.push_back(messages.messages.back().id);
    return messages_.choose_first();
  }
  if ((goes_up(key) && messages_.is_first()) && !pages_before_.empty()) {
    pages_before_.pop_back();
    return messages_.choose_last_of_next();
  }
  move_choice(messages_, key);
}

void Viewer::scroll_log(const Key& key, const Scene& scene) {
  if (!log_end_) {
    if (!goes_up(key) && key.kind != Kind::home) return;
    log_ = scene.log;
    log_end_ = log_rows_.size();
  }
  const auto top = static_cast<long long>(std::min(rows_, log_rows_.size()));
  const auto all = static_cast<long long>(log_rows_.size());
  auto end = static_cast<long long>(*log_end_) + steps_of(key, rows_);
  if (key.kind == Kind::home) end = top;
  if (key.kind == Kind::end || end > all || (goes_down(key) && end == all)) return log_end_.reset();
  log_end_ = static_cast<std::size_t>(std::max(end, top));
}

// --- what can be done

const std::string& Viewer::chosen_office() const {
  return page_ == Page::lan ? lan_.name() : modem_.name();
}

std::optional<Action> Viewer::call(const Scene& scene) {
  if (page_ == Page::queue) {
    for (const auto& message : scene.messages.messages) {
      if (std::to_string(message.id) == messages_.name())
        return Action{What::call, On::post_office, message.destination};
    }
    return std::nullopt;
  }
  if (page_ != Page::lan && page_ != Page::modem) {
    say("Choose a post office on F2 or F3; there c calls it.");
    return std::nullopt;
  }
  if (chosen_office().empty()) return std::nullopt;
  return Action{What::call, On::post_office, chosen_office()};
}

void Viewer::end_lease(const PoolEntry& entry) {
  const std::string who = entry.client ? entry.client->client : entry.modem->client;
  const auto id = entry.client ? entry.client->id : entry.modem->id;
  if (who.empty()) return say("No client has " + entry.modem->instance + ".");
  const std::string what = entry.client ? "wait of " + who + " for " + entry.share->pool
                                        : "lease of " + who + " on " + entry.modem->instance;
  ask("End the " + what + "? Y/N", {What::end_lease, On::client, std::to_string(id)});
}

void Viewer::hang_up(const Scene& scene) {
  for (const auto& entry : pool_entries(scene.status)) {
    const bool is_lent_line = page_ == Page::main && entry.modem && entry.modem->instance == lines_.name() &&
                              !entry.modem->client.empty();
    if (is_lent_line || (page_ == Page::pools && entry.name() == pools_.name())) return end_lease(entry);
  }
  if (page_ == Page::pools) return;
  std::string instance = page_ == Page::main ? lines_.name() : std::string();
  if (page_ == Page::lan || page_ == Page::modem) {
    for (const auto& line : scene.status.lines) {
      if (!line.peer.empty() && line.peer == chosen_office()) instance = line.instance;
    }
    if (instance.empty()) return say("There is no call with " + chosen_office() + " to hang up.");
  }
  if (instance.empty()) return say("Choose a line on the main page; there u hangs up its call.");
  ask("Hang up the call on " + instance + "? Y/N", {What::hang_up, On::line, instance});
}

std::optional<Action> Viewer::change(What what) {
  Action action{what, On::nothing, {}};
  switch (page_) {
    case Page::main:
      action = {what, On::line, lines_.name()};
      break;
    case Page::lan:
    case Page::modem:
      action = {what, On::post_office, chosen_office()};
      break;
    case Page::queue:
      action = {what, On::message, messages_.name()};
      break;
    case Page::help:
    case Page::log:
    case Page::pools:
      break;
  }
  if (action.name.empty()) return std::nullopt;
  if (what == What::retry && action.on == On::line) {
    say("Choose a post office on F2 or F3, or a message on F4; there t tries at once.");
    return std::nullopt;
  }
  return action;
}

}  // namespace external::console
