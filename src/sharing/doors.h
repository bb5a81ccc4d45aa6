#pragma once
// Where clients come in: the sockets at which pools listen. docs/sharing.md

#include "pool.h"

#include <external/base/task_group.h>

#include <list>

namespace external::sharing {

/// A door as the settings want it.
struct DoorPlace {
  std::string pool;
  Protocol protocol = Protocol::rfc2217;
  asio::ip::tcp::endpoint at;  ///< port 0: any

  bool operator==(const DoorPlace&) const = default;
};

/// Those of `share`, in its order. Throws std::runtime_error, a line for the administrator, if one of them is
/// no address.
std::vector<DoorPlace> door_places(const config::Share& share);

/// 192.0.2.7:4711, [::1]:4711
std::string text_of(const asio::ip::tcp::endpoint& end);

/// Somebody who has come in, and has said nothing yet.
struct Visitor {
  std::shared_ptr<Pool> pool;
  Protocol protocol = Protocol::rfc2217;
  std::unique_ptr<stream::Stream> stream;  ///< offers TLS if that is to be the first thing
  std::string address;
};

/// False if no TLS came of it within 30 s. `stream` must offer it, and outlive this.
Task<bool> start_tls(stream::Stream& stream, Clock& clock);

/// What becomes of who comes. All are to be set.
struct DoorEvents {
  std::function<bool()> is_full;  ///< nobody else may come in, to whichever pool
  std::function<void(Visitor)> enter;
  std::function<void(Pool& pool, Refusal cause, const std::string& address, const std::string& why)> refused;
};

/// The doors of all pools. Used on the thread of `executor`; what it is given by reference must outlive it.
class Doors {
 public:
  /// Places where doors are to be from now on; those that are new are open already, but nobody is let in.
  /// Its end closes them.
  struct Next {
    std::vector<DoorPlace> wanted;
    std::list<std::pair<DoorPlace, asio::ip::tcp::acceptor>> opened;
  };

  using FindPool = std::function<std::shared_ptr<Pool>(const std::string& name)>;

  static constexpr std::size_t most_clients = 1000;  ///< connected at once, of all pools

  Doors(asio::any_io_executor executor, Clock& clock, DoorEvents events);

  /// Opens what is not open yet, but for a place that a door of ours is in the way of. Throws
  /// std::runtime_error with a line for each that cannot be opened; then nothing has changed.
  Next prepare(std::vector<DoorPlace> wanted) const;

  /// The doors are those of `next`: doors that stay are not closed for a moment, whichever pool they lead to,
  /// and the others are closed. `find_pool` knows all that `next` names. A door that another one of ours was
  /// in the way of, and that cannot be opened even so, is a line of the result, and that other one stays if
  /// `find_pool` knows its pool.
  std::vector<std::string> use(Next next, const FindPool& find_pool);

  /// Where clients find the pools, "OFFICE at 127.0.0.1:7000".
  std::vector<std::string> places() const;
  std::vector<asio::ip::tcp::endpoint> addresses() const;

  /// From now on clients are let in.
  void run();

  /// All doors are closed, for good.
  void close();

  /// Returns when nothing goes on at any door; close() first.
  Task<> end();

 private:
  struct Door;

  Result<asio::ip::tcp::acceptor> open(const DoorPlace& place) const;
  bool stands_in_the_way(const DoorPlace& place) const;
  void add(const DoorPlace& place, std::shared_ptr<Pool> pool, asio::ip::tcp::acceptor acceptor);
  std::string open_late(const DoorPlace& place, const std::vector<std::shared_ptr<Door>>& closed,
                        const FindPool& find_pool);
  Task<> accept(std::shared_ptr<Door> door);
  void receive(const Door& door, asio::ip::tcp::socket socket);

  asio::any_io_executor executor_;
  Clock& clock_;
  DoorEvents events_;
  std::vector<std::shared_ptr<Door>> doors_;
  bool running_ = false;
  TaskGroup tasks_;
};

}  // namespace external::sharing
