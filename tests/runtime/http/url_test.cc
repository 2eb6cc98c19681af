#include "runtime/http/url.h"

#include <gtest/gtest.h>

namespace jangwon {
namespace {

TEST(Url, PartsThatRulesAreMadeOf) {
  const auto url = parse_url("HTTPS://user:pw@Api.Example.com:8443/v1/x?a=b#f");
  ASSERT_TRUE(url.ok());
  EXPECT_EQ(url->origin(), "https://api.example.com:8443");
  EXPECT_EQ(url->path, "/v1/x");
  EXPECT_EQ(url->query, "a=b");
  EXPECT_TRUE(url->has_user_info);
  EXPECT_EQ(parse_url("http://[::1]/x")->origin(), "http://[::1]:80");
  EXPECT_TRUE(parse_url("http://[::1]:81")->is_loopback());
  EXPECT_TRUE(parse_url("http://127.0.0.1?x")->is_loopback());
  EXPECT_FALSE(parse_url("http://127.example.com@example.com/")->is_loopback());
  EXPECT_FALSE(parse_url("http://127.example.com/")->is_loopback());
  for (const char* host : {"a[::1]", "a\\", "a^b", "[[::1]]", "a:b", "<a>"})
    EXPECT_FALSE(parse_url("http://" + std::string(host) + ":80/").ok()) << host;
  for (const char* reference : {"/a b", "x\x01", "//a b/"})
    EXPECT_FALSE(resolve_url("https://host/", reference).ok()) << reference;
}

TEST(Url, WhatIsNoneIsRefused) {
  for (const char* text :
       {"", "x", "ftp://h/", "http://", "http:///x", "http://h:0/", "http://h:x/",
        "http://h:99999/", "http://[::1/", "http://h/ x", "http://h/\n", "http://:80/"}) {
    EXPECT_FALSE(parse_url(text).ok()) << text;
  }
}

TEST(Url, ReferencesAreResolved) {
  const std::string base = "https://h/a/b?x";
  EXPECT_EQ(*resolve_url(base, "http://other/z"), "http://other/z");
  EXPECT_EQ(*resolve_url(base, "/z?y"), "https://h:443/z?y");
  EXPECT_EQ(*resolve_url(base, "z"), "https://h:443/a/z");
  EXPECT_EQ(*resolve_url(base, "//other/z"), "https://other/z");
  EXPECT_FALSE(resolve_url(base, "file:///etc/passwd").ok());
}

TEST(Url, PercentCodingIsReversible) {
  const std::string text = "a b/c?d=%&한글\x01";
  EXPECT_EQ(*percent_decode(percent_encode(text)), text);
  for (const char* wrong : {"%", "%4", "%zz", "a%4"})
    EXPECT_FALSE(percent_decode(wrong).ok()) << wrong;
}

}  // namespace
}  // namespace jangwon
