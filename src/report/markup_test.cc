#include "report/markup.h"

#include "report/data_uri.h"
#include "report/parsed_for_tests.h"

namespace glimpse::report {
namespace {

TEST(Markup, EscapesWhatHasAMeaning) {
  EXPECT_EQ(Markup("a<b> & \"c\" 'd'").html(), "a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;");
}

TEST(Markup, ReplacesControlsAndBytesThatAreNoText) {
  EXPECT_EQ(Markup(std::string_view("a\0b\x1b[31m\x7f\xff", 10)).html(), "a\uFFFDb\uFFFD[31m\uFFFD\uFFFD");
  EXPECT_EQ(Markup("tab\tand\nline").html(), "tab\tand\nline");
}

TEST(Markup, KeepsHostileTextWithinItsElement) {
  const Parsed parsed(element("p", {{"title", std::string(kHostile)}}, kHostile).html());
  ASSERT_EQ(parsed.all().size(), 1u);
  EXPECT_EQ(parsed.all()[0].attributes.size(), 1u);
  EXPECT_NE(parsed.all()[0].text.find("<script>alert('1')</script>"), std::string::npos);
  EXPECT_NE(parsed.all()[0].attribute("title").find("onerror=a()>"), std::string::npos);
}

TEST(Markup, IsBuiltOfParts) {
  Markup list = element("li", "one");
  list += element("li", {{"class", "x"}}, {Markup("two "), element("b", "bold")});
  EXPECT_EQ(element("ul", list).html(), "<ul><li>one</li><li class=\"x\">two <b>bold</b></li></ul>");
  EXPECT_EQ(empty_element("br", {}).html(), "<br/>");
  EXPECT_EQ(Markup::trusted("<hr/>").html(), "<hr/>");
}

TEST(DataUri, IsBase64WithPadding) {
  const std::string text = "glim";
  EXPECT_EQ(data_uri("text/plain", std::as_bytes(std::span(text))), "data:text/plain;base64,Z2xpbQ==");
  EXPECT_EQ(data_uri("text/plain", {}), "data:text/plain;base64,");
}

TEST(CspHash, IsThatOfSha256) {
  // printf '' | openssl dgst -sha256 -binary | base64
  EXPECT_EQ(csp_hash(""), "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
}

}  // namespace
}  // namespace glimpse::report
