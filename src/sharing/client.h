#pragma once
// One client of a pool: its connection, its words, its lease.

#include "call_watch.h"

#include <external/base/async.h>
#include <external/config/settings.h>
#include <external/engine/lender.h>
#include <external/line/com_port_server.h>
#include <external/sharing/pools.h>

namespace external::sharing {

class Client;

/// What a client asks and tells its pool. All are to be set.
struct ClientEvents {
  std::function<void(const Client&)> call_refused;      ///< one rings that is left to ring
  std::function<void(const Client&)> call_handed_over;  ///< one rings that the client may answer
  std::function<void(const Client&, engine::LeaseEnd)> lease_ended;
};

/// From the connection being accepted to its end. Used on the thread of the lines.
class Client final : public engine::Borrower {
 public:
  /// `clock` must outlive it.
  Client(const asio::any_io_executor& executor, Clock& clock, std::shared_ptr<const config::Share> share,
         std::unique_ptr<stream::Stream> stream, Protocol protocol, std::string address, std::uint64_t id,
         ClientEvents events);
  ~Client() override;

  // ---- the connection

  /// Moves bytes between the connection and what is below until the connection ends: by the client, by
  /// close(), or because it takes nothing for too long.
  Task<> run();

  /// True when the client has said the password of the pool; there may be none.
  Task<bool> prove_itself();

  /// A line of text for whoever sits at the client.
  void tell(std::string_view text);

  /// The same for where it stands in the queue; said once as long as `key` is the same. One that was told so
  /// is told, too, when it gets its modem.
  void tell_place(const std::string& key, const std::string& text);

  /// Ends the connection when all that was told has been taken.
  void close();

  // ---- the lease

  std::string name() const override { return address_ + " of " + share_->name; }
  TimePoint waits_since() const override { return waits_since_; }
  Task<engine::LeaseEnd> use(line::Line& port, bool rings) override;
  void recall(engine::LeaseEnd why) override;
  bool yields_to_urgent_mail() const override { return share_->urgent_mail_first; }
  std::uint64_t to_modem() const override { return to_modem_; }
  std::uint64_t from_modem() const override { return from_modem_; }

  /// It waits, from now on.
  void enters_queue();

  /// `instance` is whose modem it has been given; until give_back(). `share` is what holds for this lease.
  void granted(std::string instance, std::shared_ptr<const config::Share> share);
  void give_back();

  bool waits() const { return stage_ == Stage::waits; }
  bool has_modem() const { return stage_ == Stage::has_modem; }
  bool is_leaving() const { return stage_ == Stage::leaves; }
  TimePoint granted_at() const { return granted_at_; }

  /// Returns when it waits no longer.
  Task<> wait_for_grant();

  const std::string& address() const { return address_; }
  const std::string& instance() const { return instance_; }
  std::uint64_t id() const { return id_; }
  Duration waited() const { return granted_at_ - waits_since_; }
  LeaseReport lease() const;
  WaitReport wait() const;

 private:
  enum class Stage { enters, waits, has_modem, leaves };
  class Loan;

  Task<> read_connection();
  Task<> wait_for_room();
  Task<> write_connection();
  bool receive(ByteView bytes);
  void for_modem(ByteView bytes);
  Task<std::string> read_line();
  void swallow_line_end(char first);
  line::ComPortServer::Port port_for_telnet();
  void to_client(ByteView bytes);
  void payload_to_client(ByteView bytes);

  Task<> move_to_modem();
  Task<> move_from_modem();
  Task<> watch_lines();
  Task<> watch_limits();
  Task<> break_line();
  void end_lease(engine::LeaseEnd why);
  void someone_rings();
  line::ControlLines lines() const;
  unsigned set_speed(unsigned bits_per_second);
  void set_dtr(bool high);
  void note_payload();

  Clock& clock_;
  std::shared_ptr<const config::Share> share_;
  std::unique_ptr<stream::Stream> stream_;
  const std::string address_;
  const std::uint64_t id_;
  const ClientEvents events_;
  Stage stage_ = Stage::enters;
  TimePoint waits_since_;
  TimePoint granted_at_{};
  WallTime since_;  ///< its stage began
  std::string instance_;
  std::string place_;  ///< the key of what was last told

  Bytes out_;             ///< for the connection, encoded
  Bytes for_client_;      ///< payload that it asked to hold back
  Bytes for_modem_;       ///< payload
  Event out_news_;        ///< something was added to out_, or it is closing
  Event out_room_;        ///< out_ is shorter
  Event for_modem_news_;  ///< the same of for_modem_
  Event for_modem_room_;
  Event break_news_;
  Event granted_;
  bool suspended_ = false;
  bool closing_ = false;
  bool after_password_ = false;  ///< the rest of its line end may still come
  Event gone_;
  std::optional<line::ComPortServer> telnet_;

  line::Line* port_ = nullptr;  ///< while it is lent
  unsigned speed_asked_ = 0;    ///< before there was a port
  bool break_on_ = false;
  CallWatch watch_;
  std::optional<TimePoint> last_ring_;
  TimePoint last_payload_;
  std::uint64_t to_modem_ = 0;
  std::uint64_t from_modem_ = 0;
  std::optional<engine::LeaseEnd> lease_end_;
  Event lease_ended_;
};

}  // namespace external::sharing
