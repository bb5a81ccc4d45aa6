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

struct Known {
  ResultCode code;
  unsigned number;
  std::string_view words;
};

constexpr std::array<Known, 10> known_results{{
    {ResultCode::ok, 0, "OK"},
    {ResultCode::connect, 1, "CONNECT"},
    {ResultCode::ring, 2, "RING"},
    {ResultCode::no_carrier, 3, "NO CARRIER"},
    {ResultCode::error, 4, "ERROR"},
    {ResultCode::no_dial_tone, 6, "NO DIALTONE"},
    {ResultCode::busy, 7, "BUSY"},
    {ResultCode::no_answer, 8, "NO ANSWER"},
    {ResultCode::delayed, 24, "DELAYED"},
    {ResultCode::blacklisted, 32, "BLACKLISTED"},
}};

ResultForm form_of(const ModemResult& result, const Profile& profile) {
  const auto known = std::find_if(known_results.begin(), known_results.end(),
                                  [&](const Known& entry) { return entry.code == result.code; });
  ResultForm form{known->number, std::string(known->words)};
  const bool with_rate = result.code == ResultCode::connect && profile.result_level > 0;
  if (with_rate) form.number = connect_number(result.rate);
  if (with_rate && result.rate > 0) form.words += " " + std::to_string(result.rate);
  return form;
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

std::optional<ResultCode> result_code(std::string_view name) {
  std::string words(name);
  std::replace(words.begin(), words.end(), '-', ' ');
  const auto known = std::find_if(known_results.begin(), known_results.end(),
                                  [&](const Known& entry) { return entry.words == words; });
  if (known == known_results.end()) return std::nullopt;
  return known->code;
}

std::string render(const ResultForm& form, const Profile& profile) {
  if (profile.quiet) return {};
  if (profile.verbose) return line_end(profile) + form.words + line_end(profile);
  return std::to_string(form.number) + line_end(profile).substr(0, 1);
}

std::string render(const ModemResult& result, const Profile& profile, const ResultTable& table) {
  const auto own = table.find(result.code);
  return render(own == table.end() ? form_of(result, profile) : own->second, profile);
}

std::string render_information(const std::string& text, const Profile& profile) {
  if (text.empty()) return {};
  return (profile.verbose ? line_end(profile) : std::string()) + text + line_end(profile);
}

}  // namespace external::phonenet
