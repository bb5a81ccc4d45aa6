#include "pages.h"

#include <external/base/text.h>

#include <cstdio>

namespace external::console {

namespace {

using control::LentModemStatus;
using control::Status;

constexpr std::size_t fixed = 45;  ///< columns of all others, with the blanks between them
constexpr std::size_t least_name = 6;
constexpr std::size_t most_name = 10;
constexpr std::size_t least_client = 15;
constexpr std::uint64_t million = 1'000'000;

/// Columns of names, which are as wide as what stands in them as far as there is room.
struct Columns {
  std::size_t pool = least_name;
  std::size_t modem = least_name;
  std::size_t client = least_client;
};

Columns columns_for(const std::vector<PoolEntry>& entries, const Sheet& sheet) {
  const auto width = [&](const std::string& text) {
    return std::min(width_of(readable(text, sheet.charset)), most_name);
  };
  Columns columns;
  for (const auto& entry : entries) {
    columns.pool = std::max(columns.pool, width(entry.share->pool));
    if (entry.modem) columns.modem = std::max(columns.modem, width(entry.modem->instance));
  }
  const std::size_t used = fixed + columns.pool + columns.modem;
  columns.client = std::max(least_client, sheet.width - std::min(sheet.width, used));
  return columns;
}

/// 999,999, then 1.0M: seven columns at most.
std::string short_count(std::uint64_t bytes) {
  if (bytes < million) return with_commas(bytes);
  const bool thousands_of_millions = bytes >= 1000 * million;
  const double unit = static_cast<double>(thousands_of_millions ? 1000 * million : million);
  char text[40];
  std::snprintf(text, sizeof text, "%.1f%c", static_cast<double>(bytes) / unit,
                thousands_of_millions ? 'G' : 'M');
  return text;
}

/// The time of today, the day of what is older.
std::string short_time(WallTime time, WallTime now) {
  return local_time(time, now - time < std::chrono::hours(24) ? "%H:%M" : "%m-%d");
}

struct Cells {
  std::string pool;
  std::string modem;
  std::string state;
  std::string client;
  std::string since;
  std::string idle;
  std::string to_modem;
  std::string from_modem;
};

std::string row_text(const Cells& cells, const Columns& columns) {
  return fit(cells.pool, columns.pool) + " " + fit(cells.modem, columns.modem) + " " + fit(cells.state, 12) +
         " " + fit(cells.client, columns.client) + " " + left(cells.since, 5) + " " + left(cells.idle, 6) +
         " " + right(cells.to_modem, 7) + " " + right(cells.from_modem, 7);
}

Cells cells_of(const PoolEntry& entry, WallTime now, const Sheet& sheet) {
  const auto shown = [&](const std::string& text) { return readable(text, sheet.charset); };
  Cells cells;
  cells.pool = shown(entry.share->pool);
  if (entry.client) {
    cells.modem = "no. " + std::to_string(entry.position);
    cells.state = "waits";
    cells.client = shown(entry.client->client);
    cells.since = short_time(entry.client->since, now);
    return cells;
  }
  const auto& modem = *entry.modem;
  cells.modem = shown(modem.instance);
  cells.state = shown(modem.state);
  if (modem.client.empty()) {
    cells.client = "-";
    return cells;
  }
  cells.client = shown(modem.client);
  cells.since = short_time(modem.since, now);
  cells.idle = age(now - std::chrono::seconds(modem.idle), now);
  cells.to_modem = short_count(modem.to_modem);
  cells.from_modem = short_count(modem.from_modem);
  return cells;
}

Look look_of(const PoolEntry& entry) {
  if (entry.client) return Look::busy;
  return entry.modem->client.empty() ? Look::plain : Look::good;
}

std::string detail_of(const PoolEntry& entry, WallTime now) {
  const auto& pool = entry.share->pool;
  if (entry.client) {
    return entry.client->client + " is number " + std::to_string(entry.position) + " in the queue of " +
           pool + ", for " + age(entry.client->since, now);
  }
  const auto& modem = *entry.modem;
  if (modem.client.empty()) return modem.instance + " of " + pool + ": " + modem.state + "; no client has it";
  return modem.instance + ": " + modem.client + " of " + pool + ", " + lease_words(modem);
}

}  // namespace

std::string PoolEntry::name() const {
  return client ? std::to_string(client->id) : share->pool + " " + modem->instance;
}

std::vector<PoolEntry> pool_entries(const Status& status) {
  std::vector<PoolEntry> entries;
  for (const auto& share : status.shares) {
    for (const auto& modem : share.modems) entries.push_back({&share, &modem, nullptr, 0});
    std::size_t position = 0;
    for (const auto& client : share.waiting) entries.push_back({&share, nullptr, &client, ++position});
  }
  return entries;
}

std::string lease_words(const LentModemStatus& modem) {
  return with_commas(modem.to_modem) + " bytes to the modem, " + with_commas(modem.from_modem) + " from it";
}

Frame pools_page(const Scene& scene, const Sheet& sheet, Choice& chosen) {
  const auto entries = pool_entries(scene.status);
  std::vector<std::string> names;
  for (const auto& entry : entries) names.push_back(entry.name());
  chosen.update(std::move(names));
  Frame page{{cut("Modems that are lent", sheet.width), Look::head}};
  if (entries.empty()) {
    page.push_back({cut(" None. [Share NAME] in external.ini lends some.", sheet.width), Look::plain});
    page.resize(std::min(page.size(), sheet.height));
    return page;
  }
  const auto columns = columns_for(entries, sheet);
  const Cells head{"POOL", "MODEM", "STATE", "CLIENT", "SINCE", "IDLE", "TO", "FROM"};
  page.push_back({cut(" " + row_text(head, columns), sheet.width), Look::head});
  const std::size_t rows = sheet.height > page.size() + 1 ? sheet.height - page.size() - 1 : 0;
  const std::size_t top = chosen.top(rows);
  for (std::size_t index = top; index < std::min(entries.size(), top + rows); ++index) {
    page.push_back(entry(row_text(cells_of(entries[index], scene.status.now, sheet), columns),
                         look_of(entries[index]), index == chosen.index(), sheet));
  }
  page.resize(std::max<std::size_t>(sheet.height, 1) - 1);
  const auto& one = entries[chosen.index()];
  page.push_back({cut(readable(detail_of(one, scene.status.now), sheet.charset), sheet.width), look_of(one)});
  page.resize(std::min(page.size(), sheet.height));
  return page;
}

}  // namespace external::console
