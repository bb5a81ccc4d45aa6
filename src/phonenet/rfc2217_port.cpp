#include "rfc2217_port.h"

#include <boost/json/array.hpp>

namespace external::phonenet {

using asio::ip::tcp;

namespace {

constexpr std::size_t most_kept = 16384;  // bytes kept for a client that does not read
constexpr std::size_t most_ahead = 4096;  // bytes taken from a client before the modem has them

line::ControlLines seen_by_line(const ControlLines& lines) {
  return {.carrier = lines.carrier,
          .ring = lines.ring,
          .data_set_ready = lines.data_set_ready,
          .clear_to_send = lines.clear_to_send};
}

tcp::acceptor listen(const asio::any_io_executor& executor, const std::string& name, std::uint16_t port) {
  tcp::acceptor acceptor(executor);
  const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port);
  error_code error;
  acceptor.open(tcp::v4(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (!error) return acceptor;
  throw std::runtime_error("--rfc2217 " + name + "=" + std::to_string(port) + ": " + error.message() +
                           "; choose another port, or 0 for a free one");
}

}  // namespace

struct Rfc2217Port::Client {
  Client(tcp::socket connection, line::ComPortServer::Port port)
      : socket(std::move(connection)), telnet(std::move(port), "External phonenet") {}

  tcp::socket socket;
  Bytes for_modem;
  Bytes for_client;  // data, before Telnet
  Bytes out;         // Telnet, not yet being written
  Bytes writing;
  std::array<std::uint8_t, 1024> buffer{};
  bool reading = false;
  bool suspended = false;
  bool giving = false;
  line::ComPortServer telnet;  // last: it speaks when it is made
};

Rfc2217Port::Rfc2217Port(const asio::any_io_executor& executor, std::string name, std::uint16_t tcp_port,
                         Modem modem)
    : name_(std::move(name)), modem_(std::move(modem)), acceptor_(listen(executor, name_, tcp_port)) {
  accept();
}

Rfc2217Port::~Rfc2217Port() = default;

std::uint16_t Rfc2217Port::number() const {
  error_code ignored;
  return acceptor_.local_endpoint(ignored).port();
}

void Rfc2217Port::accept() {
  acceptor_.async_accept([this, alive = std::weak_ptr(alive_)](const error_code& error, tcp::socket socket) {
    if (alive.expired() || error == asio::error::operation_aborted) return;
    if (!error) welcome(std::move(socket));
    accept();
  });
}

void Rfc2217Port::welcome(tcp::socket socket) {
  error_code ignored;
  if (!plugged_) return;
  if (client_) {
    const std::string refusal =
        name_ + " is in use by another program; wait until it has closed the port\r\n";
    asio::write(socket, asio::buffer(refusal), ignored);  // to a fresh connection: fits its buffer
    return;
  }
  socket.set_option(tcp::no_delay(true), ignored);
  // Telnet speaks from its constructor on, when there is no client to write to yet.
  auto first_words = std::make_shared<Bytes>();
  client_ = std::make_shared<Client>(
      std::move(socket),
      line::ComPortServer::Port{.to_client =
                                    [this, first_words](ByteView bytes) {
                                      Bytes& out = client_ ? client_->out : *first_words;
                                      out.insert(out.end(), bytes.begin(), bytes.end());
                                    },
                                .data =
                                    [this](ByteView bytes) {
                                      client_->for_modem.insert(client_->for_modem.end(), bytes.begin(),
                                                                bytes.end());
                                    },
                                .speed = [this](unsigned speed) { return speeds_.emplace_back(speed); },
                                .dtr =
                                    [this](bool high) {
                                      give_to_modem();  // what was said before it
                                      set_dtr(high);
                                    },
                                .rts = [this](bool high) { rts_ = high; },
                                .line_break = [this](bool on) { breaks_ += on ? 1 : 0; },
                                .purge_input = [this] { client_->for_client.clear(); },
                                .purge_output = [this] { client_->for_modem.clear(); },
                                .suspend = [this](bool suspend) { client_->suspended = suspend; },
                                .lines = [this] { return seen_by_line(modem_.lines()); }});
  client_->out = std::move(*first_words);
  ++clients_;
  if (modem_.opened) modem_.opened();
  rts_ = true;
  set_dtr(true);
  write(client_);
  read(client_);
}

void Rfc2217Port::read(const std::shared_ptr<Client>& client) {
  if (client->reading || client->for_modem.size() >= most_ahead) return;
  client->reading = true;
  client->socket.async_read_some(
      asio::buffer(client->buffer),
      [this, client, alive = std::weak_ptr(alive_)](const error_code& error, std::size_t size) {
        client->reading = false;
        if (alive.expired() || client != client_) return;
        if (error || !client->telnet.receive(ByteView(client->buffer.data(), size))) return gone();
        give_to_modem();
        if (client != client_) return;
        pass_to_client(*client);
        write(client);
        read(client);
      });
}

void Rfc2217Port::give_to_modem() {
  const auto client = client_;
  if (!client || client->giving) return;
  client->giving = true;
  while (client == client_ && !client->for_modem.empty()) {
    const std::size_t count = std::min(client->for_modem.size(), modem_.room());
    if (count == 0) break;
    const auto end = client->for_modem.begin() + static_cast<long>(count);
    const Bytes bytes(client->for_modem.begin(), end);
    client->for_modem.erase(client->for_modem.begin(), end);
    read_ += count;
    modem_.bytes(bytes);
  }
  client->giving = false;
}

void Rfc2217Port::room_made() {
  give_to_modem();
  if (client_) read(client_);
}

void Rfc2217Port::purge() {
  if (!client_) return;
  dropped_ += client_->for_modem.size();
  client_->for_modem.clear();
}

void Rfc2217Port::to_computer(ByteView bytes) {
  if (!client_) {
    dropped_ += bytes.size();
    return;
  }
  Bytes& waiting = client_->for_client;
  const std::size_t held = waiting.size() + client_->out.size();
  const ByteView kept = bytes.first(std::min(bytes.size(), most_kept - std::min(most_kept, held)));
  dropped_ += bytes.size() - kept.size();
  waiting.insert(waiting.end(), kept.begin(), kept.end());
  pass_to_client(*client_);
  write(client_);
}

void Rfc2217Port::pass_to_client(Client& client) {
  if (client.suspended) return;
  const Bytes bytes = std::exchange(client.for_client, {});
  written_ += bytes.size();
  client.telnet.send(bytes);
}

void Rfc2217Port::write(const std::shared_ptr<Client>& client) {
  if (!client->writing.empty() || client->out.empty()) return;
  client->writing = std::exchange(client->out, {});
  asio::async_write(client->socket, asio::buffer(client->writing),
                    [this, client, alive = std::weak_ptr(alive_)](const error_code& error, std::size_t) {
                      client->writing.clear();
                      if (alive.expired() || client != client_) return;
                      if (error) return gone();
                      write(client);
                    });
}

void Rfc2217Port::lines_changed() {
  if (!client_) return;
  client_->telnet.notify();
  write(client_);
}

void Rfc2217Port::set_dtr(bool high) {
  if (std::exchange(dtr_, high) != high) modem_.dtr(high);
}

void Rfc2217Port::unplug() {
  plugged_ = false;
  if (client_) gone();
}

void Rfc2217Port::gone() {
  const auto client = std::exchange(client_, nullptr);
  dropped_ += client->for_client.size() + client->for_modem.size();
  error_code ignored;
  client->socket.close(ignored);
  rts_ = false;
  set_dtr(false);
}

void Rfc2217Port::describe(boost::json::object& all) const {
  all["tcp_port"] = number();
  all["speeds"] = boost::json::array(speeds_.begin(), speeds_.end());
  all["dtr"] = dtr_;
  all["rts"] = rts_;
  all["breaks"] = breaks_;
  all["clients"] = clients_;
}

}  // namespace external::phonenet
