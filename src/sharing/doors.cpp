#include "doors.h"

#include <external/base/async.h>
#include <external/stream/socket.h>

#include <stdexcept>

#include <netinet/tcp.h>

namespace external::sharing {

using namespace std::chrono_literals;
using asio::ip::tcp;

namespace {

constexpr Duration pause_after_failed_accept = 1s;
constexpr Duration patience_for_tls = 30s;

/// A client whose cable is pulled is gone within half a minute: asked after 10 s without a word, and again
/// after 5, 10 and 15; or when it has not confirmed for 30 s what it was sent.
void watch_for_death(tcp::socket& socket) {
  const auto set = [&](int option, int value) {
    ::setsockopt(socket.native_handle(), IPPROTO_TCP, option, &value, sizeof value);
  };
  error_code ignored;
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  set(TCP_KEEPIDLE, 10);
  set(TCP_KEEPINTVL, 5);
  set(TCP_KEEPCNT, 3);
  set(TCP_USER_TIMEOUT, 30'000);
}

std::string trouble_with(const std::string& pool, const std::string& place, const error_code& error) {
  return "cannot lend modems of " + pool + " at " + place + ": " + error.message() +
         "; end the other program, or change Listen of [Share " + pool + "]";
}

DoorPlace door_place(const std::string& pool, Protocol protocol, const config::HostPort& at) {
  const auto host = at.host.empty() || at.host == "localhost" ? "127.0.0.1" : at.host;
  error_code error;
  const auto address = asio::ip::make_address(host, error);
  if (error) throw std::runtime_error(trouble_with(pool, host + ":" + at.port, error));
  return {pool, protocol, tcp::endpoint(address, static_cast<std::uint16_t>(std::stoul(at.port)))};
}

/// Whether who has the one has the other, too. Any port is another one each time.
bool is_same_place(const DoorPlace& one, const DoorPlace& other) {
  return one == other || (one.at == other.at && one.at.port() != 0);
}

std::string list(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += (text.empty() ? "" : "\n") + line;
  return text;
}

}  // namespace

std::vector<DoorPlace> door_places(const config::Share& share) {
  std::vector<DoorPlace> places;
  for (const auto& at : share.listen) places.push_back(door_place(share.name, Protocol::rfc2217, at));
  for (const auto& at : share.listen_raw) places.push_back(door_place(share.name, Protocol::raw, at));
  return places;
}

std::string text_of(const tcp::endpoint& end) {
  const auto host = end.address().to_string();
  return (end.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(end.port());
}

Task<bool> start_tls(stream::Stream& stream, Clock& clock) {
  bool secured = false;
  auto start = [&]() -> Task<> { secured = co_await stream.start_tls(); };
  co_await first_of(start(), clock.wait_for(patience_for_tls));
  co_return secured;
}

struct Doors::Door {
  DoorPlace place;
  std::shared_ptr<Pool> pool;
  tcp::acceptor acceptor;
};

Doors::Doors(asio::any_io_executor executor, Clock& clock, DoorEvents events)
    : executor_(executor), clock_(clock), events_(std::move(events)), tasks_(std::move(executor)) {}

Result<tcp::acceptor> Doors::open(const DoorPlace& place) const {
  tcp::acceptor acceptor(executor_);
  error_code error;
  acceptor.open(place.at.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(place.at, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return error;
  return acceptor;
}

/// All addresses and one of them exclude each other.
bool Doors::stands_in_the_way(const DoorPlace& place) const {
  return std::ranges::any_of(doors_, [&](const auto& door) {
    return door->place.at.port() == place.at.port() && place.at.port() != 0;
  });
}

Doors::Next Doors::prepare(std::vector<DoorPlace> wanted) const {
  Next next{std::move(wanted), {}};
  std::vector<std::string> troubles;
  for (const auto& place : next.wanted) {
    if (std::ranges::any_of(doors_, [&](const auto& door) { return is_same_place(door->place, place); }))
      continue;
    auto acceptor = open(place);
    if (acceptor) {
      next.opened.emplace_back(place, std::move(*acceptor));
    } else if (acceptor.error() != asio::error::address_in_use || !stands_in_the_way(place)) {
      troubles.push_back(trouble_with(place.pool, text_of(place.at), acceptor.error()));
    }
  }
  if (!troubles.empty()) throw std::runtime_error(list(troubles));
  return next;
}

std::vector<std::string> Doors::use(Next next, const FindPool& find_pool) {
  auto before = std::exchange(doors_, {});
  std::vector<DoorPlace> late;
  for (const auto& place : next.wanted) {
    const auto old =
        std::ranges::find_if(before, [&](const auto& door) { return is_same_place(door->place, place); });
    if (old != before.end()) {
      (*old)->place = place;
      (*old)->pool = find_pool(place.pool);
      doors_.push_back(*old);
      before.erase(old);
      continue;
    }
    const auto opened = std::ranges::find(next.opened, place, &decltype(next.opened)::value_type::first);
    if (opened == next.opened.end()) {
      late.push_back(place);
    } else {
      add(place, find_pool(place.pool), std::move(opened->second));
      next.opened.erase(opened);
    }
  }
  error_code ignored;
  for (const auto& door : before) door->acceptor.close(ignored);
  std::vector<std::string> troubles;
  for (const auto& place : late) {
    auto trouble = open_late(place, before, find_pool);
    if (!trouble.empty()) troubles.push_back(std::move(trouble));
  }
  return troubles;
}

std::string Doors::open_late(const DoorPlace& place, const std::vector<std::shared_ptr<Door>>& closed,
                             const FindPool& find_pool) {
  auto acceptor = open(place);
  if (acceptor) {
    add(place, find_pool(place.pool), std::move(*acceptor));
    return {};
  }
  auto trouble = trouble_with(place.pool, text_of(place.at), acceptor.error());
  for (const auto& door : closed) {
    auto pool = find_pool(door->place.pool);
    if (!pool || door->place.at.port() != place.at.port()) continue;
    auto again = open(door->place);
    if (!again) continue;
    trouble += "; until then " + text_of(door->place.at) + " stays open";
    add(door->place, std::move(pool), std::move(*again));
  }
  return trouble;
}

void Doors::add(const DoorPlace& place, std::shared_ptr<Pool> pool, tcp::acceptor acceptor) {
  Door door{place, std::move(pool), std::move(acceptor)};
  doors_.push_back(std::make_shared<Door>(std::move(door)));
  if (running_) tasks_.spawn(accept(doors_.back()));
}

std::vector<std::string> Doors::places() const {
  std::vector<std::string> places;
  for (const auto& door : doors_) {
    places.push_back(door->place.pool + " at " + text_of(door->acceptor.local_endpoint()) +
                     (door->place.protocol == Protocol::raw ? " without Telnet" : ""));
  }
  return places;
}

std::vector<tcp::endpoint> Doors::addresses() const {
  std::vector<tcp::endpoint> ends;
  for (const auto& door : doors_) ends.push_back(door->acceptor.local_endpoint());
  return ends;
}

void Doors::run() {
  running_ = true;
  for (const auto& door : doors_) tasks_.spawn(accept(door));
}

void Doors::close() {
  error_code ignored;
  for (const auto& door : doors_) door->acceptor.close(ignored);
  doors_.clear();
}

Task<> Doors::end() {
  return tasks_.end();
}

/// Until the door is closed.
Task<> Doors::accept(std::shared_ptr<Door> door) {
  while (door->acceptor.is_open()) {
    auto [error, socket] = co_await door->acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
    if (error == asio::error::operation_aborted) co_return;
    if (error) {
      // Out of descriptors, most likely: the others will give some back.
      co_await clock_.wait_for(pause_after_failed_accept);
      continue;
    }
    receive(*door, std::move(socket));
  }
}

void Doors::receive(const Door& door, tcp::socket socket) {
  error_code gone;
  const auto from = socket.remote_endpoint(gone);
  if (gone) return;
  Pool& pool = *door.pool;
  if (!pool.may_come(from.address()))
    return events_.refused(pool, Refusal::address, text_of(from), "it is not in Allow");
  if (events_.is_full()) {
    return events_.refused(pool, Refusal::clients, text_of(from),
                           std::to_string(most_clients) + " clients are connected already");
  }
  watch_for_death(socket);
  events_.enter(
      {door.pool, door.place.protocol, stream::make_stream(std::move(socket), pool.tls), text_of(from)});
}

}  // namespace external::sharing
