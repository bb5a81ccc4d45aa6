#pragma once
// One client of a pool: its connection, its words, its lease.

#include "call_watch.h"

#include <external/base/async.h>
#include <external/config/settings.h>
#include <external/engine/lender.h>
#include <external/line/com_port_server.h>
#include <external/sharing/report.h>
#include <external/stream/stream.h>

namespace external::sharing {

enum class Protocol { rfc2217, raw };

/// From the connection being accepted to its end. Used on the thread of the lines.
class Client final : public engine::Borrower {
 public:
  using Ask = std::function<bool(const Client&)>;

  /// `share` and `clock` must outlive it. `has_longest_lease`: whether nobody in its pool has had a modem for
  /// longer.
  Client(const asio::any_io_executor& executor, Clock& clock, const config::Share& share,
         std::unique_ptr<stream::Stream> stream, Protocol protocol, std::string address, std::uint64_t id,
         Ask has_longest_lease);
  ~Client() override;

  // ---- the connection

  /// Moves bytes between the connection and what is below until the connection ends: by the client, by
  /// close(), or because it takes nothing for too long.
  Task<> run();

  /// True when the client has said the password of the pool; there may be none.
  Task<bool> prove_itself();

  /// A line of text for whoever sits at the client.
  void tell(std::string_view text);

  /// The same for where it stands in the queue; said once until it changes. One that was told so is told,
  /// too, when it gets its modem.
  void tell_place(const std::string& text);

  /// Ends the connection when all that was told has been taken.
  void close();

  /// Set when the connection has ended, or is about to.
  bool is_gone() const { return gone_.is_set(); }
  Task<> wait_until_gone() { return gone_.wait(); }

  // ---- the lease

  std::string name() const override { return address_ + " of " + share_.name; }
  TimePoint waits_since() const override { return waits_since_; }
  Task<engine::LeaseEnd> use(line::Line& port) override;
  void recall(engine::LeaseEnd why) override;
  bool yields_to_urgent_mail() const override {
    return share_.urgent_mail_first && has_longest_lease_(*this);
  }
  std::uint64_t to_modem() const override { return to_modem_; }
  std::uint64_t from_modem() const override { return from_modem_; }

  /// `instance` is whose modem it has been given.
  void granted(std::string instance);
  bool is_granted() const { return !instance_.empty(); }
  TimePoint granted_at() const { return granted_at_; }

  const config::Share& share() const { return share_; }
  const std::string& address() const { return address_; }
  std::uint64_t id() const { return id_; }
  ClientReport report() const;

 private:
  class Loan;

  Task<> read_connection();
  Task<> write_connection();
  bool receive(ByteView bytes);
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
  const config::Share& share_;
  std::unique_ptr<stream::Stream> stream_;
  const std::string address_;
  const std::uint64_t id_;
  const Ask has_longest_lease_;
  const TimePoint waits_since_;
  TimePoint granted_at_{};
  WallTime since_;
  std::string instance_;
  std::string place_;  ///< as last told

  Bytes out_;             ///< for the connection, encoded
  Bytes for_client_;      ///< payload that it asked to hold back
  Bytes for_modem_;       ///< payload
  Event out_news_;        ///< something was added to out_, or it is closing
  Event out_room_;        ///< out_ is shorter
  Event for_modem_news_;  ///< the same of for_modem_
  Event for_modem_room_;
  Event break_news_;
  bool suspended_ = false;
  bool closing_ = false;
  Event gone_;
  std::optional<line::ComPortServer> telnet_;

  line::Line* port_ = nullptr;  ///< while it is lent
  unsigned speed_asked_ = 0;    ///< before there was a port
  bool break_on_ = false;
  CallWatch watch_;
  TimePoint last_payload_;
  std::uint64_t to_modem_ = 0;
  std::uint64_t from_modem_ = 0;
  std::optional<engine::LeaseEnd> lease_end_;
  Event lease_ended_;
};

}  // namespace external::sharing
