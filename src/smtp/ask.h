#pragma once
// Questions to who takes the mail.

#include <external/smtp/reception.h>

namespace external::smtp {

/// What `question()` answers; 451 if it throws, but for a cancellation, and the reception hears of it.
template <class Question>
Task<std::optional<Reply>> ask(Reception& reception, const Client& client, Question question) {
  std::string trouble;
  try {
    co_return co_await question();
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;
    trouble = error.what();
  } catch (const std::exception& error) {
    trouble = error.what();
  }
  reception.trouble(client, trouble);
  co_return Reply(451, "4.3.0", "trouble here; try again later");
}

}  // namespace external::smtp
