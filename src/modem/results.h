#pragma once
// Recognising what modems say, in the stream of what they send.

#include <external/base/asio.h>

namespace external::modem {

/// The results that announce a connection in `text`: the length up to and including the end of such a line,
/// if there is one. What follows belongs to the session.
struct ConnectEnd {
  std::size_t length = 0;
  bool certain = true;  ///< false: the line ends in CR so far, and its LF may be on the way
};
std::optional<ConnectEnd> end_of_connect(std::string_view text);

/// The last line that announces a connection, without blanks at its ends; empty if there is none. Beside
/// CONNECT those are "*** CONNECTED" of packet radio and "COM" of X.28.
std::string connect_line(std::string_view text);

/// The number in "CONNECT 57600/ARQ", 0 if there is none. A call sign is none.
unsigned speed_in(std::string_view connect);

/// In the stream of a call: where the words end by which the device says that the call is over, npos if they
/// are not there. "\r\nNO CARRIER\r\n" of modems, "*** DISCONNECTED\r\n" of packet radio, "\r\nCLR NC\r\n"
/// and the like of X.28. People write such words too: they count when holds_only_results() is true for what
/// follows, and silence comes then.
std::size_t end_of_loss(std::string_view text);

/// Takes complete RING results ("RING" or "2") out of `text`. Returns the last one as it was written, empty
/// if there was none.
std::string take_rings(std::string& text);

/// Whether all that stands in `text` are results that a modem without a call gives, whole lines of them:
/// ERROR, OK, RING, numbers, and the prompts of other devices. True if nothing stands in it.
bool holds_only_results(std::string_view text);

/// How many results stand in `text`, echoes and other lines not counted.
std::size_t count_results(std::string_view text);

/// What the modem said if it refuses to dial a number that has failed too often: "BLACKLISTED", "DELAYED ..."
/// or the numeric 32. Empty if it did not.
std::string refusal_in(std::string_view text);

/// Whether results come as numbers (true) or as words, judged by the last result in `text`.
std::optional<bool> are_results_numeric(std::string_view text);

/// Whether `text` holds a whole line that says something; `echo`, the modem's repetition of a command, does
/// not.
bool holds_line(std::string_view text, std::string_view echo = {});

/// Length of `text` up to and including its last line end.
std::size_t length_of_lines(std::string_view text);

}  // namespace external::modem
