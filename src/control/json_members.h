#pragma once
// Values as JSON and back, tolerant of another version of the program. One list of its members, in
// status_members.h, serves both directions.

#include "iso_time.h"

#include <boost/describe.hpp>
#include <boost/json.hpp>
#include <boost/mp11/algorithm.hpp>

#include <algorithm>
#include <cmath>

namespace external::control {

/// BOOST_DESCRIBE_STRUCT has named its members. They are members of an object in that order.
template <class T>
concept Described = boost::describe::has_describe_members<T>::value;

template <Described T>
using MembersOf = boost::describe::describe_members<T, boost::describe::mod_public>;

inline constexpr double largest_number = 1e12;

// Types that are not described, and are no JSON by nature, have functions value_of() and read() of their own.

template <class T>
boost::json::value value_of(const T& value) {
  return boost::json::value_from(value);
}

template <Described T>
boost::json::value value_of(const T& value);

inline boost::json::value value_of(WallTime time) {
  return boost::json::value(to_iso(time));
}

/// Rounded, so that it comes out the same however often it is read and told on: JSON's digits are not exact.
inline boost::json::value value_of(double number) {
  return std::round(std::clamp(number, -largest_number, largest_number) * 1000) / 1000;
}

/// What is absent is null.
template <class T>
boost::json::value value_of(const std::optional<T>& value) {
  return value ? value_of(*value) : boost::json::value(nullptr);
}

template <class T>
boost::json::value value_of(const std::vector<T>& values) {
  boost::json::array array;
  for (const auto& value : values) array.push_back(value_of(value));
  return array;
}

template <Described T>
boost::json::object object_of(const T& value) {
  boost::json::object object;
  boost::mp11::mp_for_each<MembersOf<T>>(
      [&](auto member) { object.emplace(member.name, value_of(value.*member.pointer)); });
  return object;
}

template <Described T>
boost::json::value value_of(const T& value) {
  return object_of(value);
}

// All read() throw boost::system::system_error if `from` has the wrong type.

template <class T>
void read(const boost::json::value& from, T& to) {
  to = boost::json::value_to<T>(from);
}

template <Described T>
void read(const boost::json::value& from, T& to);

inline void read(const boost::json::value& from, std::optional<WallTime>& to) {
  if (!from.is_null()) to = from_iso(boost::json::value_to<std::string>(from));
}

inline void read(const boost::json::value& from, WallTime& to) {
  std::optional<WallTime> time;
  read(from, time);
  if (time) to = *time;
}

/// What is no number to people (1e999) is left alone.
inline void read(const boost::json::value& from, double& to) {
  const auto number = boost::json::value_to<double>(from);
  if (std::abs(number) <= largest_number) to = number;
}

template <class T>
void read(const boost::json::value& from, std::optional<T>& to) {
  if (!from.is_null()) read(from, to.emplace());
}

template <class T>
void read(const boost::json::value& from, std::vector<T>& to) {
  to.clear();
  for (const auto& item : boost::json::value_to<boost::json::array>(from)) read(item, to.emplace_back());
}

/// Takes the member `name` into `value`; leaves it alone where the member is absent.
template <class T>
void take(const boost::json::object& object, std::string_view name, T& value) {
  if (const auto* member = object.if_contains(name)) read(*member, value);
}

template <Described T>
void take_members(const boost::json::object& object, T& to) {
  boost::mp11::mp_for_each<MembersOf<T>>([&](auto member) { take(object, member.name, to.*member.pointer); });
}

template <Described T>
void read(const boost::json::value& from, T& to) {
  take_members(boost::json::value_to<boost::json::object>(from), to);
}

}  // namespace external::control
