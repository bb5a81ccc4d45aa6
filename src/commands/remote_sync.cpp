#include "remote_call.h"
#include "remote_home.h"

#include <external/base/text.h>
#include <external/config/values.h>

namespace external::commands {

namespace {

std::uint64_t size_from(const Arguments& arguments, const std::string& option) {
  const auto text = arguments.value(option);
  if (!text) return 0;
  try {
    return config::parse_size(*text);
  } catch (const config::BadValue& error) {
    throw Failure(Exit::usage, "--" + option + " " + visible(*text) + ": " + error.what());
  }
}

Exit run_sync(Invocation& invocation) {
  for (const auto& operand : invocation.operands())
    throw Failure(Exit::usage,
                  "'" + visible(operand) + "' means nothing here; external remote fetch gets single items");
  const auto& arguments = invocation.arguments;
  CallWish call;
  auto& wish = call.wish;
  wish.headers = arguments.has("headers");
  wish.unread = arguments.has("unread");
  wish.newest_first = arguments.has("newest");
  wish.largest_item = size_from(arguments, "max-size");
  wish.most_bytes = size_from(arguments, "limit");
  call.tell_deleted = arguments.has("delete");
  call_for_mail(invocation, load_person(invocation), call);
  return Exit::ok;
}

Exit run_send(Invocation& invocation) {
  for (const auto& operand : invocation.operands())
    throw Failure(Exit::usage, "'" + visible(operand) +
                                   "' means nothing here; external send writes mail, this hands it over");
  CallWish call;
  call.wish.what = session::Wish::What::nothing;
  call_for_mail(invocation, load_person(invocation), call);
  return Exit::ok;
}

}  // namespace

Command remote_sync_command() {
  return {
      "remote sync",
      {"[--headers] [--unread] [--newest] [--max-size SIZE] [--limit SIZE] [--delete]"},
      "Call the post office: hand over mail, take one's own",
      {{"headers", "", "only the headers of what is not here; external remote fetch gets the rest"},
       {"unread", "", "only what nobody has read yet"},
       {"newest", "", "the newest first; otherwise the oldest"},
       {"max-size", "SIZE", "of larger items only the header: 100K, 2M"},
       {"limit", "SIZE", "so much in this call, the rest in another one"},
       {"delete", "", "what was deleted here is deleted at the post office, too"}},
      "All mail that is not here comes into the Maildir, and stays at the post office, so that other "
      "machines\n"
      "of the same person get it as well. What was read or flagged here is told to the post office. A call\n"
      "that breaks has lost nothing: the next one goes on where it was. Ends with 0 if the call ended well,\n"
      "with 75 otherwise.\n",
      run_sync};
}

Command remote_send_command() {
  return {
      "remote send",
      {""},
      "Call the post office and only hand over what was written",
      {},
      "Mail is written with external send, sendmail or a mail program that uses it; it waits here until a\n"
      "call. Ends with 0 if the call ended well, with 75 otherwise.\n",
      run_send};
}

}  // namespace external::commands
