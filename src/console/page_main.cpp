#include "pages.h"

#include <external/base/text.h>
#include <external/console/progress.h>

namespace external::console {

namespace {

using control::LineStatus;
using control::QueueStatus;
using control::Status;

constexpr std::size_t narrow = 60;

/// Columns of the names and states of lines; states have twelve letters at most.
struct Columns {
  std::size_t name = 10;
  std::size_t state = 15;
  std::size_t age = 8;
};

Columns columns_for(const Sheet& sheet) {
  if (sheet.width < narrow) return {7, 12, 6};
  return {};
}

std::string percent(double share) {
  return std::to_string(static_cast<int>(share * 100 + 0.5)) + " %";
}

std::string errors_of(const LineStatus& line) {
  if (line.line_errors == 0) return "no line errors";
  return with_commas(line.line_errors) + (line.line_errors == 1 ? " line error" : " line errors");
}

/// The lease of a line; null: it is not lent.
const control::LentModemStatus* lease_of(const LineStatus& line, const Status& status) {
  if (line.state != "LENT") return nullptr;
  for (const auto& share : status.shares) {
    for (const auto& modem : share.modems) {
      if (!modem.client.empty() && equal_no_case(modem.instance, line.instance)) return &modem;
    }
  }
  return nullptr;
}

std::string call_of(const LineStatus& line) {
  const std::string held = line.held ? "held; " : "";
  if (line.peer.empty()) return held + line.port;
  std::string text = held + line.peer;
  if (line.speed > 0) text += " at " + std::to_string(line.speed) + " bps";
  return text;
}

bool has_progress(const LineStatus& line) {
  return line.state == "CONNECTED" && !line.peer.empty() && (line.messages_total > 0 || line.bytes_total > 0);
}

Progress progress_of(const LineStatus& line, WallTime now) {
  return {line.messages_done,
          line.messages_total,
          line.bytes_sent + line.bytes_received,
          line.bytes_total,
          std::chrono::duration_cast<std::chrono::seconds>(now - line.since),
          false};
}

/// How good the line is: 5,432 bytes/s, efficiency 96 %, no line errors
std::string quality_of(const LineStatus& line, WallTime now) {
  std::string text = with_commas(bytes_per_second(progress_of(line, now))) + " bytes/s";
  if (line.efficiency > 0) text += ", efficiency " + percent(line.efficiency);
  return text + ", " + errors_of(line);
}

Look look_of(const LineStatus& line) {
  const auto is_one_of = [&](std::initializer_list<std::string_view> states) {
    return std::find(states.begin(), states.end(), line.state) != states.end();
  };
  if (is_one_of({"WEDGED", "ABSENT"})) return Look::bad;
  if (is_one_of({"CONNECTED", "LENT"})) return Look::good;
  if (is_one_of({"LISTENING", "RESTING", "DISABLED", "STOPPED"})) return Look::plain;
  return Look::busy;
}

Frame line_rows(const LineStatus& line, const Status& status, const Sheet& sheet, bool chosen) {
  const auto now = status.now;
  const auto columns = columns_for(sheet);
  const auto shown = [&](const std::string& text) { return readable(text, sheet.charset); };
  Frame rows;
  rows.push_back(entry(left(shown(line.instance), columns.name) + " " +
                           left(shown(line.state), columns.state) + " " +
                           left(age(line.since, now), columns.age) + " " + shown(call_of(line)),
                       look_of(line), chosen, sheet));
  const std::string indent(columns.name + 2, ' ');
  const std::size_t room = sheet.width > indent.size() ? sheet.width - indent.size() : 0;
  if (has_progress(line) && room > 0) {
    rows.push_back({indent + progress_text(progress_of(line, now), room), Look::good});
    rows.push_back({cut(indent + quality_of(line, now), sheet.width), Look::good});
  }
  const bool says_more = !line.detail.empty() && line.detail != "Calling " + line.peer;
  if (says_more) rows.push_back({cut(indent + shown(line.detail), sheet.width), Look::plain});
  if (const auto* lease = lease_of(line, status)) {
    const auto idle = ", idle for " + age(now - std::chrono::seconds(lease->idle), now);
    rows.push_back({cut(indent + lease_words(*lease) + idle, sheet.width), Look::good});
  }
  return rows;
}

/// The rows of each line, so that a line is shown whole or not at all.
Frame lines_section(const Status& status, const Sheet& sheet, std::size_t height, Choice& chosen) {
  const auto columns = columns_for(sheet);
  Frame rows{{cut(" " + left("LINE", columns.name) + " " + left("STATE", columns.state) + " " +
                      left("FOR", columns.age) + " CALL",
                  sheet.width),
              Look::head}};
  std::vector<Frame> blocks;
  for (std::size_t index = 0; index < status.lines.size(); ++index)
    blocks.push_back(line_rows(status.lines[index], status, sheet, index == chosen.index()));
  // From the chosen line backwards as many as fit, so that it is always to be seen; then those behind it.
  std::size_t first = 0;
  std::size_t used = rows.size();
  for (std::size_t index = 0; index <= chosen.index() && index < blocks.size(); ++index)
    used += blocks[index].size();
  while (used > height && first < chosen.index()) used -= blocks[first++].size();
  for (std::size_t index = first; index < blocks.size(); ++index) {
    const bool last = index + 1 == blocks.size();
    const std::size_t room = height > rows.size() ? height - rows.size() : 0;
    const std::size_t needed = blocks[index].size() + (last ? 0 : 1);
    if (needed > room && index != chosen.index()) {
      if (room > 0)
        rows.push_back(
            {cut(" ... and " + std::to_string(blocks.size() - index) + " more: arrows choose", sheet.width),
             Look::plain});
      break;
    }
    rows.insert(rows.end(), blocks[index].begin(), blocks[index].end());
  }
  if (rows.size() > height) rows.resize(height);
  return rows;
}

std::string next_attempt(const QueueStatus& queue, WallTime now) {
  if (queue.held) return "held";
  if (!queue.next_attempt) return "-";
  return *queue.next_attempt <= now ? "now" : local_time(*queue.next_attempt, "%H:%M");
}

Frame queue_section(const Status& status, const Sheet& sheet, std::size_t height) {
  if (height == 0) return {};
  if (status.queue.empty()) return {{cut(" No mail is waiting.", sheet.width), Look::plain}};
  const bool roomy = sheet.width >= narrow;
  const std::size_t name = roomy ? 20 : 14;
  Frame rows{{cut(roomy ? " WAITING FOR           ITEMS          BYTES  OLDEST   NEXT TRY  LAST ERROR"
                        : " WAITING FOR     ITEMS  NEXT TRY",
                  sheet.width),
              Look::head}};
  for (const auto& queue : status.queue) {
    std::string text = " " + left(readable(queue.destination, sheet.charset), name) + " " +
                       right(with_commas(queue.count), 7);
    if (roomy) {
      text += right(with_commas(queue.bytes), 15) + "  " +
              left(queue.oldest ? age(*queue.oldest, status.now) : "-", 8) + " ";
    } else {
      text += "  ";
    }
    text += left(next_attempt(queue, status.now), 9) + " ";
    if (roomy) text += readable(queue.last_error, sheet.charset);
    rows.push_back({cut(text, sheet.width), queue.last_error.empty() ? Look::plain : Look::busy});
  }
  if (rows.size() <= height) return rows;
  const std::size_t missing = rows.size() - height + 1;
  rows.resize(height);
  rows.back() = {cut(" ... and " + std::to_string(missing) + " more: external queue", sheet.width),
                 Look::plain};
  return rows;
}

void append(Frame& page, const Frame& rows) {
  page.insert(page.end(), rows.begin(), rows.end());
}

}  // namespace

Frame main_page(const Scene& scene, const Sheet& sheet, Choice& lines) {
  const Status& status = scene.status;
  std::vector<std::string> names;
  for (const auto& line : status.lines) names.push_back(line.instance);
  lines.update(std::move(names));
  Frame page;
  const bool airy = sheet.height >= 16;
  const auto rows_left = [&] { return sheet.height - std::min(sheet.height, page.size()); };
  const auto put_blank = [&] {
    if (airy && rows_left() > 0) page.emplace_back();
  };
  append(page, lines_section(status, sheet, std::min(rows_left(), std::max<std::size_t>(3, sheet.height / 2)),
                             lines));
  put_blank();
  append(page,
         queue_section(status, sheet, std::min(rows_left(), std::max<std::size_t>(2, sheet.height / 4))));
  put_blank();
  append(page, newest_lines(scene.log, {sheet.width, rows_left(), sheet.charset}));
  return page;
}

}  // namespace external::console
