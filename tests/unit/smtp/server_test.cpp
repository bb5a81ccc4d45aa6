// The server on real sockets.

#include "conversation.h"
#include "temp_folder.h"

#include <external/base/async.h>
#include <external/smtp/client.h>
#include <external/smtp/server.h>
#include <external/stream/connect.h>

#include <boost/asio/ssl.hpp>

#include <cstdlib>
#include <fstream>

namespace external::smtp::server_test {
namespace {

using asio::ip::tcp;
using testing::EndsWith;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

class ServerTest : public testing::Test {
 protected:
  ServerTest() { options.dialogue.host = "clinic.north"; }

  Server& server() {
    if (!server_) server_.emplace(io.get_executor(), clock, office, options);
    return *server_;
  }

  tcp::endpoint listen() { return server().listen(tcp::endpoint(asio::ip::address_v4::loopback(), 0)); }

  /// Runs `client` with the server beside it, then stops the server.
  void run(Task<> client) {
    std::exception_ptr failed;
    asio::co_spawn(io, both(std::move(client)), [&](std::exception_ptr error) { failed = error; });
    io.run();
    if (failed) std::rethrow_exception(failed);
  }

  template <class Socket>
  static Task<std::string> hear(Socket& socket, std::string until) {
    std::string text;
    while (text.find(until) == std::string::npos) {
      char buffer[1000];
      const auto [error, size] =
          co_await socket.async_read_some(asio::buffer(buffer), asio::as_tuple(asio::use_awaitable));
      if (error) break;
      text.append(buffer, size);
    }
    co_return text;
  }

  template <class Socket>
  static Task<> say(Socket& socket, std::string text) {
    co_await asio::async_write(socket, asio::buffer(text), asio::use_awaitable);
  }

  asio::io_context io;
  SystemClock clock;
  Office office;
  ServerOptions options;
  test::TempFolder folder;

 private:
  Task<> both(Task<> client) { co_await first_of(std::move(client), server().run()); }

  std::optional<Server> server_;
};

const std::string message = "EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nHello\r\n.\r\nQUIT\r\n";

TEST_F(ServerTest, ServesManyClientsAtOnce) {
  const auto address = listen();
  const auto clients = [&]() -> Task<> {
    std::vector<tcp::socket> sockets;
    for (int i = 0; i < 20; ++i) {
      sockets.emplace_back(io);
      co_await sockets.back().async_connect(address, asio::use_awaitable);
    }
    for (auto& socket : sockets) co_await say(socket, message);
    for (auto& socket : sockets) {
      const auto heard = co_await hear(socket, "221");
      EXPECT_THAT(heard, HasSubstr("\r\n250 2.0.0 taken for c@d\r\n221 "));
    }
  };
  run(clients());
  EXPECT_THAT(office.messages, SizeIs(20));
}

TEST_F(ServerTest, MoreThanItCanServeAreAskedToComeAgain) {
  options.most_from_one = 1;
  const auto address = listen();
  const auto clients = [&]() -> Task<> {
    tcp::socket first(io);
    tcp::socket second(io);
    co_await first.async_connect(address, asio::use_awaitable);
    const auto banner = co_await hear(first, "\n");
    EXPECT_THAT(banner, StartsWith("220 "));
    co_await second.async_connect(address, asio::use_awaitable);
    const auto refusal = co_await hear(second, "\n");
    EXPECT_THAT(refusal, StartsWith("421 4.3.2 too many connections"));
    co_await say(first, "QUIT\r\n");
    co_await hear(first, "221");
    for (;;) {
      tcp::socket third(io);
      co_await third.async_connect(address, asio::use_awaitable);
      const auto answer = co_await hear(third, "\n");
      if (answer.starts_with("220")) break;
    }
  };
  run(clients());
}

TEST_F(ServerTest, ListensAtASocketOfItsOwn) {
  const auto path = folder / "lmtp";
  options.dialogue.dialect = Dialect::lmtp;
  server().listen(path);
  const auto client = [&]() -> Task<> {
    asio::local::stream_protocol::socket socket(io);
    co_await socket.async_connect(asio::local::stream_protocol::endpoint(path.string()), asio::use_awaitable);
    co_await say(socket, "LHLO x\r\nQUIT\r\n");
    const auto heard = co_await hear(socket, "221");
    EXPECT_THAT(heard, StartsWith("220 clinic.north LMTP"));
  };
  run(client());
  const auto mode = std::filesystem::status(path).permissions();
  EXPECT_EQ(static_cast<unsigned>(mode), 0660U);
}

TEST_F(ServerTest, ASocketInUseIsNotTakenAway) {
  const auto path = folder / "lmtp";
  server().listen(path);
  Server second(io.get_executor(), clock, office, {});
  EXPECT_THROW(second.listen(path), std::runtime_error);
  std::ofstream(folder / "file") << "mine";
  EXPECT_THROW(second.listen(folder / "file"), std::runtime_error);
}

TEST_F(ServerTest, AStaleSocketIsReplaced) {
  const auto path = folder / "lmtp";
  {
    asio::local::stream_protocol::acceptor left_behind(io,
                                                       asio::local::stream_protocol::endpoint(path.string()));
  }
  ASSERT_TRUE(std::filesystem::exists(path));
  EXPECT_NO_THROW(server().listen(path));
}

TEST_F(ServerTest, AnAddressInUseIsNamed) {
  const auto address = listen();
  Server second(io.get_executor(), clock, office, {});
  try {
    second.listen(address);
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(),
                HasSubstr("cannot listen for mail at 127.0.0.1:" + std::to_string(address.port())));
  }
}

TEST_F(ServerTest, StoppingTellsWhoIsConnected) {
  const auto address = listen();
  tcp::socket socket(io);
  const auto client = [&]() -> Task<> {
    co_await socket.async_connect(address, asio::use_awaitable);
    co_await hear(socket, "\n");
  };
  run(client());
  std::string rest(1000, '\0');
  error_code error;
  rest.resize(asio::read(socket, asio::buffer(rest), error));
  EXPECT_EQ(rest, "421 4.3.2 closing down; try again later\r\n");
  EXPECT_EQ(server().clients(), 0u);
}

class TlsTest : public ServerTest {
 protected:
  TlsTest() {
    const auto command =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=clinic.north "
        "-keyout " +
        (folder / "key.pem").string() + " -out " + (folder / "cert.pem").string() + " 2>/dev/null";
    if (std::system(command.c_str()) != 0) throw std::runtime_error("openssl made no certificate");
    options.tls = stream::TlsFiles{folder / "cert.pem", folder / "key.pem"};
  }
};

TEST_F(TlsTest, StarttlsEncryptsTheRest) {
  options.dialogue.auth = true;
  const auto address = listen();
  const auto client = [&]() -> Task<> {
    tcp::socket socket(io);
    co_await socket.async_connect(address, asio::use_awaitable);
    co_await say(socket, "EHLO x\r\nSTARTTLS\r\n");
    const auto clear = co_await hear(socket, "220 2.0.0");
    EXPECT_THAT(clear, HasSubstr("STARTTLS"));
    asio::ssl::context context(asio::ssl::context::tls_client);
    asio::ssl::stream<tcp::socket&> tls(socket, context);
    co_await tls.async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
    co_await say(tls, "EHLO x\r\nAUTH PLAIN AGFubmEAc2VjcmV0\r\nQUIT\r\n");
    const auto heard = co_await hear(tls, "221");
    EXPECT_THAT(heard, HasSubstr("235 2.7.0"));
  };
  run(client());
}

TEST_F(TlsTest, OurClientEncryptsAndMayAskForProof) {
  options.dialogue.auth = true;
  const auto address = listen();
  const auto client = [&](stream::Trust trust, std::optional<Reply>& refused) -> Task<> {
    const auto deadline = clock.now() + std::chrono::minutes(1);
    auto stream =
        co_await stream::connect_tcp("127.0.0.1", std::to_string(address.port()), trust, clock, deadline);
    EXPECT_TRUE(stream.has_value());
    ClientOptions wishes;
    wishes.host = "hub.south";
    wishes.tls = ClientOptions::Tls::always;
    wishes.user = "anna";
    wishes.password = "secret";
    ClientSession session(**stream, clock, wishes);
    refused = co_await session.open();
    co_await session.quit();
  };
  std::optional<Reply> careless;
  std::optional<Reply> careful;
  const auto both = [&]() -> Task<> {
    co_await client(stream::Trust::anyone, careless);
    co_await client(stream::Trust::proven, careful);
  };
  run(both());
  EXPECT_FALSE(careless) << careless->wire();
  ASSERT_TRUE(careful);
  EXPECT_THAT(careful->wire(), HasSubstr("is the server's certificate good?"));
}

TEST_F(TlsTest, FilesThatAreNoUseAreNamed) {
  std::ofstream(folder / "key.pem") << "no key";
  try {
    server();
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("cannot use the key " + (folder / "key.pem").string()));
  }
}

}  // namespace
}  // namespace external::smtp::server_test
