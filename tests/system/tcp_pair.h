#pragma once
// Two post offices that reach each other over TCP on this computer: for what a modem line would be too slow
// for.

#include "town.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace external::test {

/// A port of 127.0.0.1 for a program under test. It stays bound here, without listening, so that the system
/// gives it to nobody else; whoever listens with SO_REUSEADDR may.
class HeldPort {
 public:
  HeldPort() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int yes = 1;
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* plain = reinterpret_cast<sockaddr*>(&address);
    if (::bind(socket_.get(), plain, size) != 0 || ::getsockname(socket_.get(), plain, &size) != 0) {
      throw std::runtime_error("no free port");
    }
    number_ = ntohs(address.sin_port);
  }

  std::string address() const { return "127.0.0.1:" + std::to_string(number_); }

 private:
  Descriptor socket_;
  int number_ = 0;
};

/// NORTH/CLINIC calls SOUTH/HUB, each with a mailbox ANNA.
class TcpPair {
 public:
  /// `more` is appended to the section of each other's post office. `prepare` may put something at the place
  /// where SOUTH/HUB will live.
  explicit TcpPair(const std::string& more = "",
                   const std::function<void(const std::filesystem::path&)>& prepare = {})
      : north(folder, "NORTH/CLINIC", "north",
              "[External-Lan]\nCommType = Tcp\nRetryInterval = 2s\n[PostOffice SOUTH/HUB]\nInstance = "
              "Lan\nAddress = " +
                  port.address() + "\nPassword = \"one two\"\n" + more),
        south(prepared(folder, prepare), "SOUTH/HUB", "south",
              answering() + "[PostOffice NORTH/CLINIC]\nPassword = \"one two\"\n" + more) {
    for (const auto* office : {&north, &south}) office->command({"mailbox", "add", "ANNA"});
  }

  /// The section of SOUTH/HUB's line.
  std::string answering() const {
    return "[External-Lan]\nCommType = Tcp\nListen = " + port.address() + "\n";
  }

  Process start_south() const {
    auto process = south.start();
    if (!eventually([this] { return south.logged("Ready."); }))
      throw std::runtime_error("no answerer: " + south.log());
    return process;
  }

  TempFolder folder;
  HeldPort port;
  PostOffice north;
  PostOffice south;

 private:
  static const TempFolder& prepared(const TempFolder& folder,
                                    const std::function<void(const std::filesystem::path&)>& prepare) {
    std::filesystem::create_directory(folder / "south");
    if (prepare) prepare(folder / "south");
    return folder;
  }
};

}  // namespace external::test
