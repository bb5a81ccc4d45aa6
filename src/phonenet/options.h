#pragma once
// The command line of phonenet.

#include "exchange.h"
#include "modem.h"
#include "units.h"

#include <filesystem>

namespace external::phonenet {

struct LineOption {
  std::string number;
  std::string name;
  std::string settings;  ///< of its modem, for Modem::preset
  Quirks quirks{};
  std::optional<std::uint16_t> rfc2217{};  ///< TCP port to offer it on instead of a pseudo terminal; 0: any
};

struct Options {
  std::filesystem::path dir;
  std::vector<LineOption> lines;
  LineSettings line;
  ExchangeOptions exchange;
  ModemOptions modem;
  std::uint64_t seed = 1;
  bool quiet = false;
  bool help = false;
};

/// Throws std::runtime_error with one line that says what is wrong.
Options parse_options(const std::vector<std::string>& arguments);

std::string help_text();

}  // namespace external::phonenet
