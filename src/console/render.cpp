#include <external/base/text.h>
#include <external/console/progress.h>
#include <external/console/render.h>

#include <cstdio>
#include <ctime>

namespace external::console {

namespace {

using control::LineStatus;
using control::QueueStatus;
using control::Status;
using Section = std::vector<std::string>;

// Left-justified in `width` columns; what is longer pushes the rest to the right rather than lose its end.
std::string left(const std::string& text, std::size_t width) {
  return text + std::string(text.size() < width ? width - text.size() : 0, ' ');
}

std::string right(const std::string& text, std::size_t width) {
  return std::string(text.size() < width ? width - text.size() : 0, ' ') + text;
}

std::string local_time(WallTime time, const char* form) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm local{};
  localtime_r(&seconds, &local);
  char text[40];
  return {text, std::strftime(text, sizeof text, form, &local)};
}

std::string age(WallTime since, WallTime now) {
  const auto seconds =
      std::max<long long>(0, std::chrono::duration_cast<std::chrono::seconds>(now - since).count());
  char text[40];
  if (seconds < 3600) {
    std::snprintf(text, sizeof text, "%lldm%02llds", seconds / 60, seconds % 60);
  } else if (seconds < 24 * 3600) {
    std::snprintf(text, sizeof text, "%lldh%02lldm", seconds / 3600, seconds / 60 % 60);
  } else {
    std::snprintf(text, sizeof text, "%lldd%02lldh", seconds / 86400, seconds / 3600 % 24);
  }
  return text;
}

std::string title(const Status& status, std::size_t width) {
  const std::string name = "External " + status.version + "  " + status.home;
  const std::string now = local_time(status.now, "%m-%d-%Y %H:%M:%S");
  return name +
         right(now, width > name.size() ? std::max(width - name.size(), now.size() + 2) : now.size() + 2);
}

std::string call_of(const LineStatus& line) {
  if (line.peer.empty()) return line.port;
  std::string text = line.peer;
  if (line.speed > 0) text += " at " + std::to_string(line.speed) + " bps";
  if (line.efficiency > 0) {
    text += ", efficiency " + std::to_string(static_cast<int>(line.efficiency * 100 + 0.5)) + " %";
  }
  return text;
}

bool has_progress(const LineStatus& line) {
  return line.messages_total > 0 || line.bytes_total > 0;
}

Progress progress_of(const LineStatus& line, WallTime now) {
  return {line.messages_done, line.messages_total, line.bytes_sent + line.bytes_received, line.bytes_total,
          std::chrono::duration_cast<std::chrono::seconds>(now - line.since)};
}

Section lines_section(const Status& status, std::size_t width) {
  Section section{"LINE       STATE           FOR      CALL"};
  const std::string indent(11, ' ');
  for (const auto& line : status.lines) {
    section.push_back(left(line.instance, 10) + " " + left(line.state, 15) + " " +
                      left(age(line.since, status.now), 8) + " " + call_of(line));
    if (has_progress(line) && width > indent.size()) {
      section.push_back(indent + progress_text(progress_of(line, status.now), width - indent.size()));
    }
    if (!line.detail.empty()) section.push_back(indent + line.detail);
  }
  return section;
}

std::string next_attempt(const QueueStatus& queue, WallTime now) {
  if (!queue.next_attempt) return "-";
  return *queue.next_attempt <= now ? "now" : local_time(*queue.next_attempt, "%H:%M");
}

Section queue_section(const Status& status) {
  if (status.queue.empty()) return {"No mail is waiting."};
  Section section{"WAITING FOR            ITEMS          BYTES  OLDEST   NEXT TRY  LAST ERROR"};
  for (const auto& queue : status.queue) {
    section.push_back(left(queue.destination, 21) + right(with_commas(queue.count), 7) +
                      right(with_commas(queue.bytes), 15) + "  " +
                      left(queue.oldest ? age(*queue.oldest, status.now) : "-", 8) + " " +
                      left(next_attempt(queue, status.now), 9) + " " + queue.last_error);
  }
  return section;
}

// The first `rows` of a section, saying so if that is not all.
void put_first(Section& screen, const Section& section, std::size_t rows) {
  if (rows == 0) return;
  const bool all = section.size() <= rows;
  const auto shown = static_cast<std::ptrdiff_t>(all ? section.size() : rows - 1);
  screen.insert(screen.end(), section.begin(), section.begin() + shown);
  if (!all) screen.push_back("... there is more: external status");
}

void put_last(Section& screen, const Section& section, std::size_t rows) {
  const auto shown = static_cast<std::ptrdiff_t>(std::min(rows, section.size()));
  screen.insert(screen.end(), section.end() - shown, section.end());
}

}  // namespace

std::vector<std::string> render(const Status& status, std::size_t width, std::size_t height) {
  Section screen;
  const auto rows_left = [&] { return height > screen.size() ? height - screen.size() : 0; };
  const auto put_blank = [&] {
    if (rows_left() > 0) screen.emplace_back();
  };
  screen.push_back(title(status, width));
  put_blank();
  put_first(screen, lines_section(status, width),
            std::min(rows_left(), std::max<std::size_t>(2, height / 2)));
  put_blank();
  put_first(screen, queue_section(status), std::min(rows_left(), std::max<std::size_t>(2, height / 4)));
  put_blank();
  put_last(screen, status.recent, rows_left());
  screen.resize(height);
  for (auto& line : screen) line = visible(line).substr(0, width);
  return screen;
}

}  // namespace external::console
