#include "pages.h"

#include <external/base/text.h>

namespace external::console {

namespace {

using control::MessageStatus;

constexpr std::size_t fixed = 47;  ///< columns before From
constexpr std::size_t least_address = 8;

/// U, L, or nothing for what is normal.
std::string letter_of(const MessageStatus& message) {
  if (message.priority == "urgent") return "U";
  return message.priority == "low" ? "L" : " ";
}

/// Mailboxes here are known by their own name.
std::string from_of(const MessageStatus& message, const std::string& home) {
  if (message.from.starts_with(home + "/")) return message.from.substr(home.size() + 1);
  if (!message.from.empty()) return message.from;
  return message.to.empty() ? "?" : "<>";
}

std::string to_of(const MessageStatus& message) {
  const std::string others = message.others > 0 ? " and " + with_commas(message.others) + " more" : "";
  return message.to + others;
}

/// The longest sender, but no more than half of the room.
std::size_t from_width(const Scene& scene, const Sheet& sheet) {
  const std::size_t room = sheet.width > fixed + 1 ? sheet.width - fixed - 1 : 0;
  std::size_t width = least_address;
  for (const auto& message : scene.messages.messages)
    width = std::max(width, width_of(readable(from_of(message, scene.status.home), sheet.charset)));
  return std::min(width, std::max(least_address, room / 2));
}

std::string row_text(const MessageStatus& message, const std::string& home, std::size_t from,
                     const Sheet& sheet) {
  const auto shown = [&](const std::string& text) { return readable(text, sheet.charset); };
  return right(std::to_string(message.id), 7) + " " + right(with_commas(message.bytes), 12) + " " +
         left(message.accepted ? local_time(*message.accepted, "%m-%d %H:%M") : "-", 11) + " " +
         letter_of(message) + " " + fit(shown(message.state), 11) + " " +
         fit(shown(from_of(message, home)), from) + " " + shown(to_of(message));
}

std::string head_text(std::size_t from) {
  return "      ID        BYTES ACCEPTED    P STATE       " + left("FROM", from) + " TO";
}

std::string detail_of(const MessageStatus& message, WallTime now) {
  std::string text = std::to_string(message.id) + " to " + to_of(message) + ": " + message.state;
  if (message.tries > 0)
    text += ", " + std::to_string(message.tries) + (message.tries == 1 ? " try" : " tries");
  if (message.next_attempt && message.state == "queued") {
    text += *message.next_attempt <= now ? ", due now"
                                         : ", next at " + local_time(*message.next_attempt, "%H:%M");
  }
  return text + (message.last_error.empty() ? "" : "; " + message.last_error);
}

Look look_of(const MessageStatus& message) {
  if (message.state.find("quarantined") != std::string::npos) return Look::bad;
  if (message.state.find("transfer") != std::string::npos) return Look::good;
  return message.state.find("held") != std::string::npos ? Look::busy : Look::plain;
}

std::string title_of(const control::MessagePage& messages, bool first_page) {
  if (messages.messages.empty()) return first_page ? "Queue: no messages" : "Queue: no more messages; PgUp";
  return "Queue" + std::string(first_page ? "" : ", earlier ones: PgUp") +
         (messages.more ? ", more: PgDn" : "");
}

}  // namespace

Frame queue_page(const Scene& scene, const Sheet& sheet, Choice& chosen, bool first_page) {
  const auto& messages = scene.messages.messages;
  std::vector<std::string> names;
  for (const auto& message : messages) names.push_back(std::to_string(message.id));
  chosen.update(std::move(names));
  Frame page{{cut(title_of(scene.messages, first_page), sheet.width), Look::head}};
  if (messages.empty()) return page;
  const std::size_t from = from_width(scene, sheet);
  page.push_back({cut(" " + head_text(from), sheet.width), Look::head});
  const std::size_t rows = sheet.height > page.size() + 1 ? sheet.height - page.size() - 1 : 0;
  const std::size_t top = chosen.top(rows);
  for (std::size_t index = top; index < std::min(messages.size(), top + rows); ++index)
    page.push_back(entry(row_text(messages[index], scene.status.home, from, sheet), look_of(messages[index]),
                         index == chosen.index(), sheet));
  page.resize(std::max<std::size_t>(sheet.height, 1) - 1);
  const auto& one = messages[chosen.index()];
  page.push_back({cut(readable(detail_of(one, scene.status.now), sheet.charset), sheet.width), look_of(one)});
  page.resize(std::min(page.size(), sheet.height));
  return page;
}

}  // namespace external::console
