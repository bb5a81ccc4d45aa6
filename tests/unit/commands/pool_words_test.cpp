// What a pool says is kept from programs; what its modem says is not.

#include "pool_words.h"

#include <gmock/gmock.h>

namespace external::commands::pool_words_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string take(PoolWords& words, std::string_view text) {
  const auto rest = words.take(as_bytes(text));
  return {rest.begin(), rest.end()};
}

TEST(PoolWords, WhatAModemSaysIsPassedOnAsItComes) {
  PoolWords words("OFFICE", false);
  EXPECT_EQ(take(words, "A"), "A");
  EXPECT_EQ(take(words, "OFFICE: "), "OFFICE: ");
  EXPECT_THAT(words.told(), IsEmpty());
}

TEST(PoolWords, QuestionAndPlacesAreTakenOutHoweverTheyCome) {
  PoolWords words("OFFICE", true);
  std::string passed;
  const std::string_view all =
      "Password: OFFICE: You are number 1.\r\nOFFICE: Modem1 is yours.\r\n\r\nOK\r\nOFFICE: x\r\n";
  for (const char byte : all) passed += take(words, {&byte, 1});
  EXPECT_EQ(passed, "\r\nOK\r\nOFFICE: x\r\n");
  EXPECT_THAT(words.told(), ElementsAre("OFFICE: You are number 1.", "OFFICE: Modem1 is yours."));
  EXPECT_THAT(words.told(), IsEmpty());
}

TEST(PoolWords, WithoutAPasswordTheQuestionIsAModems) {
  PoolWords words("OFFICE", false);
  EXPECT_EQ(take(words, "Password: "), "Password: ");
}

TEST(PoolWords, WordsThatAreNoneAreGivenBackWhole) {
  PoolWords words("OFFICE", false);
  EXPECT_EQ(take(words, "OFFI"), "");
  EXPECT_EQ(take(words, "S"), "OFFIS");
}

TEST(PoolWords, TheCauseOfTheEndIsKept) {
  PoolWords words("OFFICE", false);
  take(words, "\r\nOK\r\nhalf a linOFFICE: the modem was taken back: someone calls.\r\n");
  EXPECT_EQ(words.last(), "OFFICE: the modem was taken back: someone calls.");
}

TEST(PoolWords, ALastLineOfTheModemIsNoCause) {
  PoolWords words("", false);
  take(words, "\r\nNO CARRIER\r\n");
  EXPECT_EQ(words.last(), "");
  take(words, "OFFICE: no modem: none has come free in 5m.\r\n");
  EXPECT_EQ(words.last(), "OFFICE: no modem: none has come free in 5m.");
}

}  // namespace
}  // namespace external::commands::pool_words_test
