#include "client.h"
#include "waiting_list.h"
#include "words.h"

#include <external/base/networks.h>
#include <external/base/task_group.h>
#include <external/base/text.h>
#include <external/sharing/pools.h>
#include <external/stream/socket.h>

#include <list>
#include <stdexcept>

#include <netinet/tcp.h>

namespace external::sharing {

using namespace std::chrono_literals;
using asio::ip::tcp;

namespace {

constexpr std::size_t most_clients = 1000;  ///< connected at once, of all pools
constexpr Duration pause_after_failed_accept = 1s;
constexpr Duration patience_for_tls = 30s;
constexpr Duration grace = 1s;          ///< a modem that is free is there by then
constexpr Duration position_look = 2s;  ///< between looks whether who waits has to be told something new

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

std::string text_of(const tcp::endpoint& end) {
  const auto host = end.address().to_string();
  return (end.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(end.port());
}

struct Pool {
  explicit Pool(const config::Share& its_share)
      : share(its_share), allowed(its_share.allow), first(its_share.first) {}

  bool has(std::string_view instance) const {
    return std::ranges::any_of(share.instances,
                               [&](const auto& one) { return equal_no_case(one, instance); });
  }

  const config::Share& share;
  Networks allowed;
  Networks first;
  std::shared_ptr<asio::ssl::context> tls{};
  WaitingList<Client*> waiting{};
};

struct Door {
  Pool& pool;
  Protocol protocol;
  tcp::acceptor acceptor;
};

}  // namespace

class Pools::Impl {
 public:
  Impl(const asio::any_io_executor& executor, Clock& clock, log::Log& log,
       const std::vector<config::Share>& shares)
      : executor_(executor), clock_(clock), log_(log), tasks_(executor) {
    for (const auto& share : shares) {
      Pool& pool = pools_.emplace_back(share);
      if (!share.certificate.empty()) pool.tls = stream::make_tls_context({share.certificate, share.key});
      for (const auto& at : share.listen) open(pool, Protocol::rfc2217, at);
      for (const auto& at : share.listen_raw) open(pool, Protocol::raw, at);
    }
  }

  void serve(Lines lines) { lines_ = std::move(lines); }

  std::vector<tcp::endpoint> addresses() const {
    std::vector<tcp::endpoint> ends;
    for (const auto& door : doors_) ends.push_back(door.acceptor.local_endpoint());
    return ends;
  }

  std::vector<std::string> places() const {
    std::vector<std::string> places;
    for (const auto& door : doors_) {
      places.push_back(door.pool.share.name + " at " + text_of(door.acceptor.local_endpoint()) +
                       (door.protocol == Protocol::raw ? " without Telnet" : ""));
    }
    return places;
  }

  Task<> run() {
    std::exception_ptr ended;
    for (auto& door : doors_) tasks_.spawn(accept(door));
    try {
      co_await clock_.wait_until(never);
    } catch (...) {
      ended = std::current_exception();
    }
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    co_await tasks_.end();
    if (ended) std::rethrow_exception(ended);
  }

  const Client* next(std::string_view instance, bool for_call) const {
    const Client* longest = nullptr;
    for (const auto& pool : pools_) {
      if (pool.waiting.empty() || !pool.has(instance)) continue;
      if (for_call && !pool.share.hand_over_calls) continue;
      const Client* one = pool.waiting.next();
      if (!longest || one->waits_since() < longest->waits_since()) longest = one;
    }
    return longest;
  }

  std::shared_ptr<engine::Borrower> lend(std::string_view instance) {
    const Client* chosen = next(instance, false);
    if (!chosen) return nullptr;
    for (auto& pool : pools_) {
      if (pool.waiting.empty() || pool.waiting.next() != chosen) continue;
      Client* const client = pool.waiting.take();
      client->granted(std::string(instance));
      return *std::ranges::find(clients_, client, &std::shared_ptr<Client>::get);
    }
    return nullptr;
  }

  std::vector<ClientReport> clients() const {
    std::vector<ClientReport> reports;
    for (const auto& client : clients_) {
      if (client->is_granted()) reports.push_back(client->report());
    }
    for (const auto& pool : pools_) {
      std::size_t position = 0;
      for (const Client* client : pool.waiting.in_order()) {
        reports.push_back(client->report());
        reports.back().position = ++position;
      }
    }
    return reports;
  }

  bool kick(std::uint64_t id) {
    const auto found = std::ranges::find(clients_, id, [](const auto& client) { return client->id(); });
    if (found == clients_.end()) return false;
    Client& client = **found;
    if (client.is_granted()) {
      client.recall(engine::LeaseEnd::kicked);
    } else {
      turn_away(client, "an administrator ended the wait");
    }
    return true;
  }

 private:
  /// A client among the clients, and in the queue of its pool, as long as it is there.
  class Place {
   public:
    Place(Impl& pools, Pool& pool, std::shared_ptr<Client> client)
        : pools_(pools), pool_(pool), client_(std::move(client)) {
      pools_.clients_.push_back(client_);
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() {
      pool_.waiting.remove(client_.get());
      std::erase(pools_.clients_, client_);
    }

   private:
    Impl& pools_;
    Pool& pool_;
    std::shared_ptr<Client> client_;
  };

  void open(Pool& pool, Protocol protocol, const config::HostPort& at) {
    const auto host = at.host.empty() || at.host == "localhost" ? "127.0.0.1" : at.host;
    error_code error;
    const auto address = asio::ip::make_address(host, error);
    tcp::acceptor acceptor(executor_);
    if (!error) {
      const tcp::endpoint end(address, static_cast<std::uint16_t>(std::stoul(at.port)));
      acceptor.open(end.protocol(), error);
      if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
      if (!error) acceptor.bind(end, error);
      if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    }
    if (error) {
      throw std::runtime_error(
          "cannot lend modems of " + pool.share.name + " at " + host + ":" + at.port + ": " +
          error.message() + "; end the other program, or change Listen of [Share " + pool.share.name + "]");
    }
    doors_.push_back({pool, protocol, std::move(acceptor)});
  }

  Task<> accept(Door& door) {
    for (;;) {
      auto [error, socket] = co_await door.acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
      if (error == asio::error::operation_aborted) throw boost::system::system_error(error);
      if (error) {
        // Out of descriptors, most likely: the others will give some back.
        co_await clock_.wait_for(pause_after_failed_accept);
        continue;
      }
      error_code gone;
      const auto from = socket.remote_endpoint(gone);
      if (gone) continue;
      if (!may_come(door.pool, from.address())) {
        log_.write({}, "Modems of " + door.pool.share.name + " refused to " + text_of(from) +
                           ": it is not in Allow.");
        continue;
      }
      if (clients_.size() >= most_clients) continue;
      watch_for_death(socket);
      tasks_.spawn(welcome(door, std::move(socket), text_of(from)));
    }
  }

  static bool may_come(const Pool& pool, const asio::ip::address& from) {
    return pool.share.allow.empty() ? from.is_loopback() : pool.allowed.contains(from.to_string());
  }

  Task<> welcome(Door& door, tcp::socket socket, std::string address) {
    auto stream = stream::make_stream(std::move(socket), door.pool.tls);
    if (door.pool.tls) {
      bool secured = false;
      auto start = [&]() -> Task<> { secured = co_await stream->start_tls(); };
      co_await first_of(start(), clock_.wait_for(patience_for_tls));
      if (!secured) co_return;
    }
    auto client = std::make_shared<Client>(executor_, clock_, door.pool.share, std::move(stream),
                                           door.protocol, std::move(address), ++last_id_,
                                           [this](const Client& one) { return has_longest_lease(one); });
    const Place place(*this, door.pool, client);
    co_await first_of(client->run(), admit(door.pool, *client));
  }

  /// Never returns: the connection ends when all that was told has been taken.
  Task<> admit(Pool& pool, Client& client) {
    const bool proven = co_await client.prove_itself();
    if (!proven) {
      turn_away(client, "it did not say the password");
    } else {
      co_await queue(pool, client);
    }
    co_await clock_.wait_until(never);
  }

  Task<> queue(Pool& pool, Client& client) {
    const bool one_is_free = std::ranges::any_of(pool.share.instances, lines_.is_free);
    if (!one_is_free && pool.waiting.size() >= pool.share.queue_limit) {
      co_return turn_away(client,
                          pool.waiting.empty() ? holders(pool) : holders(pool) + "; the queue is full");
    }
    const auto host = client.address().substr(0, client.address().rfind(':'));
    pool.waiting.add(&client, pool.first.contains(host));
    for (const auto& instance : pool.share.instances) lines_.wake(instance);
    const TimePoint end = pool.share.wait_limit ? clock_.now() + *pool.share.wait_limit : never;
    co_await clock_.wait_for(grace);
    while (!client.is_granted()) {
      if (clock_.now() >= end) {
        pool.waiting.remove(&client);
        co_return turn_away(client, "no modem has come free in " + config::to_text(*pool.share.wait_limit));
      }
      client.tell_place(position(pool, client));
      co_await clock_.wait_until(std::min(end, clock_.now() + position_look));
    }
  }

  bool has_longest_lease(const Client& client) const {
    return std::ranges::none_of(clients_, [&](const auto& other) {
      return other.get() != &client && other->is_granted() && &other->share() == &client.share() &&
             other->granted_at() < client.granted_at();
    });
  }

  void turn_away(Client& client, const std::string& why) {
    client.tell(client.share().name + ": no modem: " + why + ".");
    client.close();
    log_.write({}, "Lease refused to " + client.name() + ": " + why + ".");
  }

  std::string holders(const Pool& pool) const {
    std::string text;
    for (const auto& instance : pool.share.instances) {
      text += (text.empty() ? "all modems are in use: " : ", ") + lines_.holder(instance);
    }
    return text;
  }

  std::string position(const Pool& pool, Client& client) const {
    const auto order = pool.waiting.in_order();
    const auto at = std::ranges::find(order, &client) - order.begin();
    return pool.share.name + ": " + holders(pool) + ". You are number " + std::to_string(at + 1) +
           " in the queue.";
  }

  asio::any_io_executor executor_;
  Clock& clock_;
  log::Log& log_;
  Lines lines_;
  std::list<Pool> pools_;
  std::list<Door> doors_;
  std::vector<std::shared_ptr<Client>> clients_;
  std::uint64_t last_id_ = 0;
  TaskGroup tasks_;
};

Pools::Pools(const asio::any_io_executor& executor, Clock& clock, log::Log& log,
             const std::vector<config::Share>& shares)
    : impl_(std::make_shared<Impl>(executor, clock, log, shares)) {}

Pools::~Pools() = default;

void Pools::serve(Lines lines) {
  impl_->serve(std::move(lines));
}

std::vector<std::string> Pools::places() const {
  return impl_->places();
}

std::vector<tcp::endpoint> Pools::addresses() const {
  return impl_->addresses();
}

Task<> Pools::run() {
  return impl_->run();
}

const engine::Borrower* Pools::next(std::string_view instance) const {
  return impl_->next(instance, false);
}

const engine::Borrower* Pools::next_for_call(std::string_view instance) const {
  return impl_->next(instance, true);
}

std::shared_ptr<engine::Borrower> Pools::lend(std::string_view instance) {
  return impl_->lend(instance);
}

std::vector<ClientReport> Pools::clients() const {
  return impl_->clients();
}

bool Pools::kick(std::uint64_t id) {
  return impl_->kick(id);
}

}  // namespace external::sharing
