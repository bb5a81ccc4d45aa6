#include "client.h"

#include "words.h"

#include <external/base/guard.h>

namespace external::sharing {

using namespace std::chrono_literals;
using engine::LeaseEnd;

namespace {

constexpr std::size_t most_for_modem = 4096;        ///< bytes taken before the modem has them
constexpr std::size_t most_for_client = 64 * 1024;  ///< bytes taken from the modem before the client has them
constexpr Duration farewell_limit = 5s;             ///< for a client to take its last words
constexpr Duration patience_for_password = 30s;
constexpr int most_guesses = 3;
constexpr std::size_t longest_password = 256;
constexpr Duration pause_after_guess = 2s;
constexpr Duration line_look = 250ms;  ///< between looks at control lines that tell no changes
constexpr Duration gone_look = 5s;     ///< between looks whether one that is not read from is still there
constexpr Duration ring_gap = 10s;     ///< rings further apart are of different calls
constexpr Duration shortest_break = 250ms;

/// Takes the same time wherever the two differ.
bool same(std::string_view a, std::string_view b) {
  unsigned differences = a.size() == b.size() ? 0 : 1;
  for (std::size_t at = 0; at < a.size(); ++at) {
    const char other = b.empty() ? '\0' : b[at % b.size()];
    differences |= static_cast<unsigned char>(a[at]) ^ static_cast<unsigned char>(other);
  }
  return differences == 0;
}

}  // namespace

/// A port in the hands of a client: whichever way that ends, the client has it no longer.
class Client::Loan {
 public:
  Loan(Client& client, line::Line& port) : client_(client) {
    client_.port_ = &port;
    client_.last_payload_ = client_.clock_.now();
    if (!client_.place_.empty()) client_.tell(client_.share_->name + ": " + client_.instance_ + " is yours.");
    if (client_.speed_asked_ != 0) client_.set_speed(client_.speed_asked_);
    if (client_.telnet_) client_.telnet_->notify();
  }
  Loan(const Loan&) = delete;
  Loan& operator=(const Loan&) = delete;
  ~Loan() {
    client_.port_ = nullptr;
    client_.for_modem_.clear();
    client_.give_back();
  }

 private:
  Client& client_;
};

Client::Client(const asio::any_io_executor& executor, Clock& clock,
               std::shared_ptr<const config::Share> share, std::unique_ptr<stream::Stream> stream,
               Protocol protocol, std::string address, std::uint64_t id, ClientEvents events)
    : clock_(clock),
      share_(std::move(share)),
      stream_(std::move(stream)),
      address_(std::move(address)),
      id_(id),
      events_(std::move(events)),
      waits_since_(clock.now()),
      since_(clock.wall()),
      out_news_(executor),
      out_room_(executor),
      for_modem_news_(executor),
      for_modem_room_(executor),
      break_news_(executor),
      granted_(executor),
      gone_(executor),
      last_payload_(clock.now()),
      lease_ended_(executor) {
  if (protocol == Protocol::rfc2217) telnet_.emplace(port_for_telnet(), "External, " + share_->name);
}

Client::~Client() = default;

// ---- the connection

Task<> Client::run() {
  std::exception_ptr ended;
  try {
    co_await first_of(read_connection(), write_connection());
  } catch (...) {
    ended = std::current_exception();
  }
  gone_.set();
  if (guarded("R15")) end_lease(ended ? LeaseEnd::stopped : LeaseEnd::closed);
  if (ended) std::rethrow_exception(ended);
}

Task<> Client::read_connection() {
  std::array<char, 2048> buffer;
  for (;;) {
    co_await wait_for_room();
    const auto size = co_await stream_->read(buffer);
    if (size == 0 || !receive(as_bytes({buffer.data(), size}))) co_return;
  }
}

/// For what the modem, or the client itself, has to take first. A client that has gone is noticed where it is
/// read from, and here.
Task<> Client::wait_for_room() {
  const auto is_full = [this] {
    return for_modem_.size() >= most_for_modem || out_.size() >= most_for_client;
  };
  while (is_full() && !stream_->has_gone()) {
    for_modem_room_.clear();
    out_room_.clear();
    co_await first_of(for_modem_room_.wait(), out_room_.wait(), clock_.wait_for(gone_look));
  }
}

bool Client::receive(ByteView bytes) {
  if (telnet_) return telnet_->receive(bytes);
  for_modem(bytes);
  return true;
}

/// Who has no modem yet is listened to nevertheless, to know that it is there.
void Client::for_modem(ByteView bytes) {
  if (std::exchange(after_password_, false) && !bytes.empty() && (bytes[0] == '\n' || bytes[0] == '\0'))
    bytes = bytes.subspan(1);
  const auto room = most_for_modem - std::min(for_modem_.size(), most_for_modem);
  if (!port_) bytes = bytes.first(std::min(bytes.size(), room));
  for_modem_.insert(for_modem_.end(), bytes.begin(), bytes.end());
  for_modem_news_.set();
}

Task<> Client::write_connection() {
  for (;;) {
    while (out_.empty()) {
      if (closing_) co_return;
      out_news_.clear();
      co_await out_news_.wait();
    }
    const Bytes writing = std::exchange(out_, {});
    out_room_.set();
    bool taken = false;
    auto write = [&]() -> Task<> { taken = co_await stream_->write(as_text(writing)); };
    // A client that is to go is waited for a little; one that has a lease has the limits of that.
    auto limit = [&]() -> Task<> {
      while (!closing_) {
        out_news_.clear();
        co_await out_news_.wait();
      }
      co_await clock_.wait_for(farewell_limit);
    };
    co_await first_of(write(), limit());
    if (!taken) co_return;
  }
}

void Client::to_client(ByteView bytes) {
  out_.insert(out_.end(), bytes.begin(), bytes.end());
  out_news_.set();
}

void Client::payload_to_client(ByteView bytes) {
  if (!telnet_) return to_client(bytes);
  telnet_->send(bytes);
}

void Client::tell(std::string_view text) {
  payload_to_client(as_bytes(std::string(text) + "\r\n"));
}

void Client::tell_place(const std::string& key, const std::string& text) {
  if (std::exchange(place_, key) != key) tell(text);
}

void Client::close() {
  if (stage_ != Stage::has_modem) stage_ = Stage::leaves;
  closing_ = true;
  out_news_.set();
}

Task<bool> Client::prove_itself() {
  if (share_->password.empty()) co_return true;
  for (int guess = 0; guess < most_guesses; ++guess) {
    payload_to_client(as_bytes("Password: "));
    std::string line;
    auto read = [&]() -> Task<> { line = co_await read_line(); };
    const auto first = co_await first_of(read(), clock_.wait_for(patience_for_password), gone_.wait());
    if (first != 0) co_return false;
    if (same(line, share_->password)) co_return true;
    co_await clock_.wait_for(pause_after_guess);
    tell(share_->name + ": wrong password.");
  }
  co_return false;
}

/// One that is not empty.
Task<std::string> Client::read_line() {
  std::string line;
  for (;;) {
    while (for_modem_.empty()) {
      for_modem_news_.clear();
      co_await for_modem_news_.wait();
    }
    const char next = static_cast<char>(for_modem_.front());
    for_modem_.erase(for_modem_.begin());
    for_modem_room_.set();
    if (next != '\r' && next != '\n') {
      if (line.size() < longest_password) line += next;
    } else if (!line.empty()) {
      swallow_line_end(next);
      co_return line;
    }
  }
}

/// What ends the line of a password is none of the modem's business: CR, CR LF, or CR NUL of Telnet.
void Client::swallow_line_end(char first) {
  if (first != '\r') return;
  after_password_ = for_modem_.empty();
  if (!for_modem_.empty() && (for_modem_[0] == '\n' || for_modem_[0] == '\0'))
    for_modem_.erase(for_modem_.begin());
}

line::ComPortServer::Port Client::port_for_telnet() {
  line::ComPortServer::Port port;
  port.to_client = [this](ByteView bytes) { to_client(bytes); };
  port.data = [this](ByteView bytes) { for_modem(bytes); };
  port.speed = [this](unsigned speed) { return set_speed(speed); };
  port.dtr = [this](bool high) { set_dtr(high); };
  port.rts = [this](bool high) {
    if (port_) port_->set_rts(high);
  };
  port.line_break = [this](bool on) {
    break_on_ = on;
    if (on) break_news_.set();
  };
  port.purge_input = [this] {
    for_client_.clear();
    if (!port_) place_.clear();  // it has thrown away what it was told, as python3-serial does at first
    if (port_) port_->discard_input();
  };
  port.purge_output = [this] {
    for_modem_.clear();
    for_modem_room_.set();
    if (port_) port_->discard_output();
  };
  port.suspend = [this](bool suspend) {
    suspended_ = suspend;
    if (suspend) return;
    payload_to_client(std::exchange(for_client_, {}));
    out_room_.set();
  };
  port.lines = [this] { return lines(); };
  return port;
}

// ---- the lease

void Client::enters_queue() {
  stage_ = Stage::waits;
  waits_since_ = clock_.now();
  since_ = clock_.wall();
}

void Client::granted(std::string instance, std::shared_ptr<const config::Share> share) {
  stage_ = Stage::has_modem;
  share_ = std::move(share);
  instance_ = std::move(instance);
  granted_at_ = clock_.now();
  since_ = clock_.wall();
  granted_.set();
}

void Client::give_back() {
  if (stage_ != Stage::has_modem) return;
  stage_ = Stage::leaves;
  const auto end = lease_end_.value_or(LeaseEnd::stopped);
  lease_end_ = end;
  events_.lease_ended(*this, end);
  if (end != LeaseEnd::closed) tell(farewell(end, *share_));
  close();
}

Task<> Client::wait_for_grant() {
  return granted_.wait();
}

Task<LeaseEnd> Client::use(line::Line& port, bool rings) {
  const Loan loan(*this, port);
  // Between the grant and now it may have gone, or been told to.
  if (gone_.is_set() && guarded("R15")) end_lease(LeaseEnd::closed);
  if (lease_end_) co_return *lease_end_;
  if (rings) {
    someone_rings();
    payload_to_client(as_bytes("\r\nRING\r\n"));
  }
  co_await first_of(move_to_modem(), move_from_modem(), watch_lines(), watch_limits(), break_line(),
                    lease_ended_.wait());
  co_return lease_end_.value_or(LeaseEnd::line);
}

void Client::recall(LeaseEnd why) {
  if (has_modem()) end_lease(why);
}

void Client::end_lease(LeaseEnd why) {
  if (!lease_end_) lease_end_ = why;
  lease_ended_.set();
}

Task<> Client::move_to_modem() {
  for (;;) {
    while (for_modem_.empty()) {
      for_modem_news_.clear();
      co_await for_modem_news_.wait();
    }
    const Bytes piece = std::exchange(for_modem_, {});
    for_modem_room_.set();
    watch_.to_modem(piece);
    // A modem that takes nothing, because the other end of its call does not, is waited for: that has limits
    // of its own.
    const auto error = co_await port_->write(piece, never);
    co_await cancellation_point();
    if (error) co_return end_lease(LeaseEnd::line);
    to_modem_ += piece.size();
    note_payload();
  }
}

Task<> Client::move_from_modem() {
  std::array<std::uint8_t, 2048> buffer;
  for (;;) {
    while (out_.size() + for_client_.size() >= most_for_client) {
      out_room_.clear();
      co_await out_room_.wait();
    }
    const auto size = co_await port_->read(buffer, never);
    co_await cancellation_point();
    if (!size) co_return end_lease(LeaseEnd::line);
    const ByteView bytes = ByteView(buffer).first(*size);
    if (suspended_) {
      for_client_.insert(for_client_.end(), bytes.begin(), bytes.end());
    } else {
      payload_to_client(bytes);
    }
    from_modem_ += bytes.size();
    if (watch_.from_modem(bytes)) {
      someone_rings();  // and that is no sign of the client's life
    } else {
      note_payload();
    }
  }
}

/// Control lines of the port: told to the client, and watched for rings.
Task<> Client::watch_lines() {
  bool rang = false;
  for (;;) {
    const auto now = port_->control_lines();
    if (!now) co_await clock_.wait_until(never);
    watch_.carrier(now->carrier);
    if (now->ring && !rang && !watch_.in_call()) someone_rings();
    rang = now->ring;
    if (telnet_) telnet_->notify();
    const auto error = co_await port_->wait_for_change(never);
    co_await cancellation_point();
    if (error) co_await clock_.wait_for(line_look);
  }
}

Task<> Client::watch_limits() {
  const TimePoint end = share_->lease_limit ? clock_.now() + *share_->lease_limit : never;
  for (;;) {
    const TimePoint idle_end = share_->idle_limit ? last_payload_ + *share_->idle_limit : never;
    if (!guarded("R13")) co_await clock_.wait_until(never);
    if (clock_.now() >= end) co_return end_lease(LeaseEnd::limit);
    if (clock_.now() >= idle_end) co_return end_lease(LeaseEnd::idle);
    co_await clock_.wait_until(std::min(end, idle_end));
  }
}

Task<> Client::break_line() {
  for (;;) {
    break_news_.clear();
    co_await break_news_.wait();
    error_code error;  // of a port that knows no break, for example
    do {
      error = co_await port_->send_break(shortest_break);
      co_await cancellation_point();
    } while (break_on_ && !error);
  }
}

void Client::someone_rings() {
  if (!share_->refuse_calls && !share_->hand_over_calls) return end_lease(LeaseEnd::call);
  const auto last = std::exchange(last_ring_, clock_.now());
  if (last && clock_.now() - *last <= ring_gap) return;
  share_->hand_over_calls ? events_.call_handed_over(*this) : events_.call_refused(*this);
}

void Client::note_payload() {
  last_payload_ = clock_.now();
}

line::ControlLines Client::lines() const {
  line::ControlLines none;
  none.data_set_ready = none.clear_to_send = true;
  if (!port_) return none;
  const auto lines = port_->control_lines();
  return lines ? *lines : none;
}

unsigned Client::set_speed(unsigned bits_per_second) {
  speed_asked_ = bits_per_second;
  if (!port_) return bits_per_second;
  if (port_->set_speed(bits_per_second)) return port_->speed();
  return bits_per_second;
}

void Client::set_dtr(bool high) {
  if (port_) port_->set_dtr(high);
}

LeaseReport Client::lease() const {
  LeaseReport report;
  report.instance = instance_;
  report.client = address_;
  report.id = id_;
  report.since = since_;
  report.idle = clock_.now() - last_payload_;
  report.waited = waited();
  report.to_modem = to_modem_;
  report.from_modem = from_modem_;
  return report;
}

WaitReport Client::wait() const {
  return {address_, id_, since_};
}

}  // namespace external::sharing
