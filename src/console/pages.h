#pragma once
// The pages of the screen as rows.

#include "choice.h"
#include "frame.h"
#include "readable.h"

#include <external/console/desk.h>

namespace external::console {

/// Room for a page, and what the terminal can show.
struct Sheet {
  std::size_t width = 80;
  std::size_t height = 24;  ///< rows for the page alone
  Charset charset = Charset::ascii;
};

enum class Medium { lan, modem };

// Each gives at most `sheet.height` rows of at most `sheet.width` columns, and brings its choice up to date.

/// Lines with their calls, what waits, the newest of the log.
Frame main_page(const Scene& scene, const Sheet& sheet, Choice& lines);

Frame help_page(const Sheet& sheet, bool monitor);

/// Post offices over LAN (F2) or over modem (F3), as the original listed them (Q118448).
Frame office_page(const Scene& scene, const Sheet& sheet, Medium medium, Choice& offices);

/// The messages of the queue, a page of them at a time.
Frame queue_page(const Scene& scene, const Sheet& sheet, Choice& messages, bool first_page);

/// Modems of pools with who has them, and who waits.
Frame pools_page(const Scene& scene, const Sheet& sheet, Choice& entries);

/// The newest lines of the log, each cut to one row.
Frame newest_lines(const std::vector<std::string>& log, const Sheet& sheet);

/// All of the log; a line that is too long goes on in the rows below.
Frame log_rows(const std::vector<std::string>& log, const Sheet& sheet);

/// The part of `rows` that ends before row `end`.
Frame part_up_to(const Frame& rows, std::size_t end, std::size_t height);

/// The post offices of one medium, in the order of the list.
std::vector<const control::OfficeStatus*> offices_over(const control::Status& status, Medium medium);

/// A row of pools_page(): a modem, or a client that waits; the other one is null. Of a status that outlives
/// it.
struct PoolEntry {
  const control::ShareStatus* share = nullptr;
  const control::LentModemStatus* modem = nullptr;
  const control::WaitingClientStatus* client = nullptr;
  std::size_t position = 0;  ///< of `client` in the queue, from 1

  /// Stays the same while the list changes.
  std::string name() const;
};

std::vector<PoolEntry> pool_entries(const control::Status& status);

// Pieces that pages share:

/// 1,234 bytes to the modem, 5,678 from it
std::string lease_words(const control::LentModemStatus& modem);

std::string local_time(WallTime time, const char* form);

/// 1m30s, 2h05m, 3d04h
std::string age(WallTime since, WallTime now);

/// `row`, marked if it is chosen.
Row entry(std::string text, Look look, bool chosen, const Sheet& sheet);

}  // namespace external::console
