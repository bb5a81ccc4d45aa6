#pragma once
// The command line of phonenet.

#include "exchange.h"
#include "modem.h"

#include <filesystem>

namespace external::phonenet {

struct LineOption {
  std::string number;
  std::string name;
  std::string settings;  ///< of its modem, for Modem::preset
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

/// "50ms", "1.5s", "200us", "0". Throws std::runtime_error.
Duration parse_duration(const std::string& text);
/// Bits per second, 1 to 100,000,000.
unsigned parse_rate(const std::string& text);
/// 0 to 1, also as 1e-5.
double parse_bit_error_rate(const std::string& text);

}  // namespace external::phonenet
