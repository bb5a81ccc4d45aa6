#pragma once
// The server's side of RFC 2217 without a socket: what a client sends taken apart, what it is sent put
// together.

#include <external/line/line.h>

struct telnet_t;
union telnet_event_t;

namespace external::line {

class Rfc2217Gate;

/// One client. Speaks 8N1, whatever the client asks for. Used on one thread.
class ComPortServer {
 public:
  /// What the client wants. Called from receive() only.
  struct Port {
    std::function<void(ByteView)> to_client;  ///< bytes for the connection; also from send() and notify()
    std::function<void(ByteView)> data;
    std::function<unsigned(unsigned)> speed;  ///< bits per second, over 0; returns what holds then
    std::function<void(bool)> dtr;
    std::function<void(bool)> rts;
    std::function<void(bool)> line_break;
    std::function<void()> purge_input;   ///< what the client has not been sent
    std::function<void()> purge_output;  ///< what the modem has not taken
    std::function<void(bool)> suspend;   ///< true: send no data until false
    std::function<ControlLines()> lines;
  };

  /// Speaks at once. `signature` is what it calls itself when it is asked.
  ComPortServer(Port port, std::string signature);
  ~ComPortServer();
  ComPortServer(const ComPortServer&) = delete;
  ComPortServer& operator=(const ComPortServer&) = delete;

  /// Takes what came from the client. False, then and for ever: it is not to be trusted any more, because it
  /// sends what cannot be Telnet.
  bool receive(ByteView bytes);
  /// Data for the client.
  void send(ByteView bytes);
  /// Tells the client the control lines that changed since it was last told, as far as it wants to know.
  void notify();

 private:
  struct Free {
    void operator()(telnet_t* telnet) const;
  };

  static void happened(telnet_t* telnet, telnet_event_t* event, void* self);
  void agree();
  void command(ByteView bytes);
  void control(std::uint8_t wish);
  void purge(std::uint8_t which);
  void reply(std::uint8_t command, ByteView value);
  void reply(std::uint8_t command, std::uint8_t value) { reply(command, ByteView(&value, 1)); }
  void tell_lines();

  Port port_;
  std::string signature_;
  std::unique_ptr<Rfc2217Gate> gate_;
  bool trusted_ = true;
  std::unique_ptr<telnet_t, Free> telnet_;
  bool agreed_ = false;  // on RFC 2217
  bool dtr_ = true;
  bool rts_ = true;
  bool break_ = false;
  unsigned speed_ = 9600;
  std::uint8_t flow_ = 1;  ///< none
  std::uint8_t mask_ = 255;
  ControlLines told_;
};

}  // namespace external::line
