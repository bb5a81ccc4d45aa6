#pragma once
// How it stands with one post office of external.ini.

#include <external/base/clock.h>

#include <boost/json/fwd.hpp>

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

boost::json::array to_json(const std::vector<OfficeStatus>& offices);

/// The member "post_offices" of `status`, none if there is no such member. Throws boost::system::system_error
/// if a value has the wrong type.
std::vector<OfficeStatus> offices_from_json(const boost::json::object& status);

}  // namespace external::control
