#include "batch_stream.h"
#include "home.h"
#include "local_mail.h"
#include "rmail.h"

#include <external/base/text.h>

#include <algorithm>
#include <limits>

namespace external::commands {

namespace {

std::string lines_of(const std::vector<BatchStream::Refusal>& refusals) {
  std::string text;
  for (const auto& refusal : refusals)
    text += "line " + std::to_string(refusal.line) + ": " + visible(refusal.command) + ": " +
            visible(refusal.reply) + "\n";
  return text;
}

/// Later only if nothing was taken: who tries again sends the whole batch.
Exit exit_for(const BatchStream& batch) {
  const auto& refusals = batch.refusals();
  const bool is_final =
      std::any_of(refusals.begin(), refusals.end(), [](const auto& one) { return one.is_final; });
  return batch.messages() == 0 && !is_final ? Exit::try_later : Exit::data;
}

Exit run_bsmtp(Invocation& invocation) {
  expect_no_operands(invocation);
  const auto settings = load_settings(invocation);
  BatchStream batch(from_stream(invocation.world.in, "standard input"));
  smtp::DialogueOptions options;
  options.most_mistakes = std::numeric_limits<std::size_t>::max();
  LocalMail(settings, invocation.world).serve(batch, options);
  if (!batch.refusals().empty())
    throw Failure(exit_for(batch),
                  lines_of(batch.refusals()) + "messages taken: " + std::to_string(batch.messages()));
  if (batch.messages() == 0) throw Failure(Exit::data, "there is no message in the batch; nothing taken");
  return Exit::ok;
}

}  // namespace

Command bsmtp_command() {
  return {
      "bsmtp",
      {""},
      "Take a batch of SMTP commands",
      {},
      "For uuxqt, which calls it under the name `rsmtp` or `bsmtp`: a link of that name to the program "
      "does.\n"
      "Standard input is what an SMTP client would say (RFC 2442), in lines that end with LF or CR LF; BDAT\n"
      "cannot be in it. What was refused is told on standard error with its line; the rest is taken, and on\n"
      "the disk for good at the end. Exit code: 0 all taken, 65 some refused, 75 nothing taken, try again.\n",
      run_bsmtp};
}

}  // namespace external::commands
