#pragma once
// Result codes, as words and as Hayes numbers.

#include "profile.h"

#include <string>

namespace external::phonenet {

enum class ResultCode { ok, connect, ring, no_carrier, error, no_dial_tone, busy, no_answer };

struct ModemResult {
  ResultCode code = ResultCode::ok;
  unsigned rate = 0;  ///< with connect, bits per second
};

/// What the computer is sent: `CR LF words CR LF` or `number CR` by the profile's V, S3 and S4; nothing with
/// Q1. With X0, connect carries no rate.
std::string render(const ModemResult& result, const Profile& profile);

/// Lines of information (ATI, ATS0?) in front of a result.
std::string render_information(const std::string& text, const Profile& profile);

/// The number for CONNECT at `rate`: 1 for 300 and for rates without a number of their own.
unsigned connect_number(unsigned rate);

}  // namespace external::phonenet
