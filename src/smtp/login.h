#pragma once
// AUTH PLAIN and LOGIN (RFC 4954, RFC 4616): how a client says who it is.

#include "talk.h"

#include <utility>

namespace external::smtp {

enum class Mechanism { plain, login, unknown };

struct LoginStart {
  Mechanism mechanism = Mechanism::unknown;
  std::string_view initial;  ///< what came with the command; empty: nothing did
};

/// The argument of AUTH; the result is as long good as that is.
LoginStart read_auth(std::string_view argument);

/// User and password, the client being asked for what is missing. Nothing if it gives up, or its answer is
/// none. `start` must not be of an unknown mechanism.
Task<std::optional<std::pair<std::string, std::string>>> read_credentials(Talk& talk, LoginStart start);

}  // namespace external::smtp
