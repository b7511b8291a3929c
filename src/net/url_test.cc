#include "net/url.h"

#include <gtest/gtest.h>

namespace vr::net {
namespace {

TEST(Url, TakesAnAddressApart) {
  const auto url = ParseUrl("HTTPS://user:pw@vc.example.com:8443/sdk/x?a=1&b=2#part");
  ASSERT_TRUE(url.ok());
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->user_info, "user:pw");
  EXPECT_EQ(url->host, "vc.example.com");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->path, "/sdk/x");
  EXPECT_EQ(url->query, "a=1&b=2");
  EXPECT_EQ(url->ToString(), "https://vc.example.com:8443/sdk/x?a=1&b=2");
}

TEST(Url, FillsInPortAndPath) {
  EXPECT_EQ(ParseUrl("http://h")->port, 80);
  EXPECT_EQ(ParseUrl("https://h?x")->port, 443);
  EXPECT_EQ(ParseUrl("https://h?x")->path, "/");
  EXPECT_EQ(ParseUrl("qemu+ssh://h/system")->port, 0);
}

TEST(Url, KnowsIpv6) {
  const auto url = ParseUrl("https://[2001:db8::1]:8006/api2/json");
  ASSERT_TRUE(url.ok());
  EXPECT_EQ(url->host, "2001:db8::1");
  EXPECT_EQ(url->Authority(), "[2001:db8::1]:8006");
  EXPECT_EQ(ParseUrl("https://[::1]")->port, 443);
}

TEST(Url, RefusesWhatIsNotOneAndDoesNotRepeatIt) {
  for (const char* text : {"", "host", "://h", "http://", "http://:80", "http://h:0", "http://h:x",
                           "http://h:65536", "http://[::1", "http://[::1]x", "ht tp://h",
                           "http://a b/", "http://h/a b", "http://h/\n"}) {
    EXPECT_FALSE(ParseUrl(text).ok()) << text;
  }
  EXPECT_EQ(ParseUrl("http://u:hunter2@h:x").error().message.find("hunter2"), std::string::npos);
}

TEST(PercentEncoding, IsItsOwnInverse) {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  EXPECT_EQ(PercentDecode(PercentEncode(all)).value(), all);
  EXPECT_EQ(PercentEncode("a b/ü~"), "a%20b%2F%C3%BC~");
}

TEST(PercentEncoding, RefusesHalfAnEscape) {
  for (const char* text : {"%", "%1", "%g0", "a%2"}) EXPECT_FALSE(PercentDecode(text).ok()) << text;
}

TEST(Query, ParsesPairs) {
  const auto query = ParseQuery("labelSelector=app%3Dweb%2Cenv&watch&&x=a+b&x=2&=v");
  ASSERT_TRUE(query.ok());
  EXPECT_EQ(QueryOr(*query, "labelSelector"), "app=web,env");
  EXPECT_EQ(QueryOr(*query, "watch", "absent"), "");
  EXPECT_EQ(QueryOr(*query, "x"), "a b");
  EXPECT_EQ(query->count("x"), 2U);
  EXPECT_EQ(QueryOr(*query, "limit", "500"), "500");
  EXPECT_FALSE(ParseQuery("a=%zz").ok());
}

TEST(Query, WhatItEncodesItParses) {
  const Query query{{"a", "1&2=3"}, {"b", " +%"}, {"c", ""}};
  EXPECT_EQ(ParseQuery(EncodeQuery(query)).value(), query);
}

TEST(Target, SplitsAtTheFirstQuestionMark) {
  EXPECT_EQ(SplitTarget("/a?b?c").path, "/a");
  EXPECT_EQ(SplitTarget("/a?b?c").query, "b?c");
  EXPECT_EQ(SplitTarget("/a").query, "");
}

}  // namespace
}  // namespace vr::net
