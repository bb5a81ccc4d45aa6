#include "result.h"

#include <algorithm>
#include <array>
#include <utility>

namespace external::phonenet {
namespace {

// Up to 9600 the numbers that scripts of the time know; above, those of the common chip sets.
constexpr std::array<std::pair<unsigned, unsigned>, 22> connect_numbers{{
    {300, 1},    {600, 9},    {1200, 5},   {2400, 10},   {4800, 11},   {7200, 13},   {9600, 12},  {12000, 14},
    {14400, 14}, {16800, 59}, {19200, 16}, {21600, 61},  {24000, 62},  {26400, 63},  {28800, 64}, {31200, 91},
    {33600, 84}, {38400, 17}, {57600, 18}, {115200, 19}, {230400, 20}, {56000, 162},
}};

std::string words(const ModemResult& result, const Profile& profile) {
  switch (result.code) {
    case ResultCode::ok:
      return "OK";
    case ResultCode::connect:
      if (profile.result_level == 0 || result.rate == 0) return "CONNECT";
      return "CONNECT " + std::to_string(result.rate);
    case ResultCode::ring:
      return "RING";
    case ResultCode::no_carrier:
      return "NO CARRIER";
    case ResultCode::error:
      return "ERROR";
    case ResultCode::no_dial_tone:
      return "NO DIALTONE";
    case ResultCode::busy:
      return "BUSY";
    case ResultCode::no_answer:
      return "NO ANSWER";
  }
  return "ERROR";
}

unsigned number(const ModemResult& result, const Profile& profile) {
  switch (result.code) {
    case ResultCode::ok:
      return 0;
    case ResultCode::connect:
      return profile.result_level == 0 ? 1 : connect_number(result.rate);
    case ResultCode::ring:
      return 2;
    case ResultCode::no_carrier:
      return 3;
    case ResultCode::error:
      return 4;
    case ResultCode::no_dial_tone:
      return 6;
    case ResultCode::busy:
      return 7;
    case ResultCode::no_answer:
      return 8;
  }
  return 4;
}

std::string line_end(const Profile& profile) {
  return {static_cast<char>(profile.registers[reg::carriage_return]),
          static_cast<char>(profile.registers[reg::line_feed])};
}

}  // namespace

unsigned connect_number(unsigned rate) {
  const auto found = std::find_if(connect_numbers.begin(), connect_numbers.end(),
                                  [rate](const auto& entry) { return entry.first == rate; });
  return found == connect_numbers.end() ? 1 : found->second;
}

std::string render(const ModemResult& result, const Profile& profile) {
  if (profile.quiet) return {};
  if (profile.verbose) return line_end(profile) + words(result, profile) + line_end(profile);
  return std::to_string(number(result, profile)) + line_end(profile).substr(0, 1);
}

std::string render_information(const std::string& text, const Profile& profile) {
  if (text.empty()) return {};
  return (profile.verbose ? line_end(profile) : std::string()) + text + line_end(profile);
}

}  // namespace external::phonenet
