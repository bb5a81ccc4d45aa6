#pragma once
// Result codes, as words and as Hayes numbers.

#include "profile.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace external::phonenet {

enum class ResultCode {
  ok,
  connect,
  ring,
  no_carrier,
  error,
  no_dial_tone,
  busy,
  no_answer,
  delayed,
  blacklisted
};

/// By its words, with dashes for blanks: NO-CARRIER.
std::optional<ResultCode> result_code(std::string_view name);

struct ModemResult {
  ResultCode code = ResultCode::ok;
  unsigned rate = 0;  ///< with connect, bits per second
};

struct ResultForm {
  unsigned number = 0;
  std::string words;
};
/// Results of a make that has its own.
using ResultTable = std::map<ResultCode, ResultForm>;

/// A result by number and words, as render() does.
std::string render(const ResultForm& form, const Profile& profile);

/// What the computer is sent: `CR LF words CR LF` or `number CR` by the profile's V, S3 and S4; nothing with
/// Q1. With X0, connect carries no rate.
std::string render(const ModemResult& result, const Profile& profile, const ResultTable& table = {});

/// Lines of information (ATI, ATS0?) in front of a result.
std::string render_information(const std::string& text, const Profile& profile);

/// The number for CONNECT at `rate`: 1 for 300 and for rates without a number of their own.
unsigned connect_number(unsigned rate);

}  // namespace external::phonenet
