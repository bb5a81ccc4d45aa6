#pragma once
// Members of JSON objects as values, tolerant of another version of the program.

#include "iso_time.h"

#include <boost/json.hpp>

#include <algorithm>
#include <cmath>

namespace external::control {

/// Takes the member `name` into `value`; leaves it alone where the member is absent. Throws
/// boost::system::system_error if it has the wrong type.
template <class T>
void take(const boost::json::object& object, std::string_view name, T& value) {
  if (const auto* member = object.if_contains(name)) value = boost::json::value_to<T>(*member);
}

inline void take(const boost::json::object& object, std::string_view name, std::optional<WallTime>& value) {
  const auto* member = object.if_contains(name);
  if (member == nullptr || member->is_null()) return;
  value = from_iso(boost::json::value_to<std::string>(*member));
}

inline void take(const boost::json::object& object, std::string_view name, WallTime& value) {
  std::optional<WallTime> time;
  take(object, name, time);
  if (time) value = *time;
}

inline constexpr double largest_number = 1e12;

/// What is no number to people (1e999) is left alone.
inline void take(const boost::json::object& object, std::string_view name, double& value) {
  const auto* member = object.if_contains(name);
  if (member == nullptr) return;
  const auto number = boost::json::value_to<double>(*member);
  if (std::abs(number) <= largest_number) value = number;
}

/// Rounded, so that it comes out the same however often it is read and told on: JSON's digits are not exact.
inline double number_value(double number) {
  return std::round(std::clamp(number, -largest_number, largest_number) * 1000) / 1000;
}

/// A time, or null.
inline boost::json::value time_value(const std::optional<WallTime>& time) {
  if (!time) return nullptr;
  return boost::json::value(to_iso(*time));
}

/// The member `name` as an array; empty where it is absent.
inline boost::json::array items(const boost::json::object& object, std::string_view name) {
  boost::json::array array;
  take(object, name, array);
  return array;
}

}  // namespace external::control
