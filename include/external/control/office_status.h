#pragma once
// How it stands with one post office of external.ini.

#include <external/base/clock.h>

namespace external::control {

struct OfficeStatus {
  std::string post_office;               ///< NETWORK/POSTOFFICE
  unsigned serial = 0;                   ///< its place in external.ini, from 1
  bool modem = false;                    ///< reached by modem; false: over a network, or handed over
  std::string hub;                       ///< through which its mail goes; empty: it is reached directly
  std::vector<std::string> instances{};  ///< that call it, or its hub
  std::string state;    ///< START, UNINIT, OK, ERROR, FULL, FAILED, NO-REF, HELD; docs/monitor.md
  unsigned errors = 0;  ///< calls that failed in a row, 255 at most
  std::string detail;   ///< one sentence: why, or what is next

  bool operator==(const OfficeStatus&) const = default;
};

}  // namespace external::control
