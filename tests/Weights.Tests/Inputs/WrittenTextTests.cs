using System.Globalization;
using System.Text;
using System.Text.Json;
using Xunit;

namespace SamNative.Weights.Tests.Inputs;

/// <summary>Marks, line ends and numbers as people's editors and other languages write them.</summary>
public sealed class WrittenTextTests
{
    private const string Text = "Bäume/ö 1.png\r\n\n雪.png\rlast";

    [Fact]
    public void A_mark_is_no_part_of_the_text_and_tells_utf_16()
    {
        foreach (Encoding encoding in new[]
            { new UTF8Encoding(false), Encoding.UTF8, Encoding.Unicode, Encoding.BigEndianUnicode })
        {
            byte[] content = [.. encoding.Preamble, .. encoding.GetBytes(Text)];

            Assert.Equal(Text, WrittenText.Decode(content));
            Assert.Equal(Encoding.UTF8.GetBytes(Text), WrittenText.ToUtf8(content).ToArray());
        }

        Assert.Empty(WrittenText.Decode([]));
        Assert.Empty(WrittenText.Decode([0xEF, 0xBB, 0xBF]));
        Assert.Empty(WrittenText.Decode([0xFF, 0xFE]));
        Assert.Equal("\uFFFD", WrittenText.Decode([0xFF, 0xFE, 0x00, 0xD8]));
    }

    [Fact]
    public void Every_line_end_ends_a_line_and_nothing_else_does() => Assert.Equal(
        ["Bäume/ö 1.png", "", "雪.png", "last", "a\u0085b\u2028c\fd", ""], WrittenText.Lines($"{Text}\na\u0085b\u2028c\fd\r\n"));

    [Theory]
    [InlineData("0", "0")]
    [InlineData("-0", "0")]
    [InlineData("-0.0e5", "0")]
    [InlineData("0e99999999999999", "0")]
    [InlineData("1.0", "1")]
    [InlineData("1e0", "1")]
    [InlineData("1E+2", "100")]
    [InlineData("-12.5e1", "-125")]
    [InlineData("1200e-2", "12")]
    [InlineData("0.012e3", "12")]
    [InlineData("1.000000000000000000000000000000000000000000", "1")]
    [InlineData("18446744073709551615.0", "18446744073709551615")]
    [InlineData("9007199254740993e0", "9007199254740993")]
    [InlineData("1.5", null)]
    [InlineData("1.0000000000000000000000000000000000000000001", null)]
    [InlineData("1e-1", null)]
    [InlineData("1e-400", null)]
    [InlineData("15e-1", null)]
    [InlineData("1e99999999999999", null)]
    [InlineData("1e99999999999999999999999", null)]
    [InlineData("999999999999999999999999999999999999999999999", null)]
    [InlineData("", null)]
    [InlineData("-", null)]
    [InlineData(".5", null)]
    [InlineData("5.", null)]
    [InlineData("1e", null)]
    [InlineData("+1", null)]
    [InlineData("1 ", null)]
    [InlineData("1_0", null)]
    [InlineData("0x10", null)]
    [InlineData("NaN", null)]
    [InlineData("\"1\"", null)]
    public void A_whole_number_is_one_however_it_is_written(string text, string? value)
    {
        Assert.Equal(value is not null, WholeNumber.TryParse(text, out Int128 found));
        Assert.True(value is null || Int128.Parse(value, CultureInfo.InvariantCulture) == found);
    }

    [Theory]
    [InlineData("[1.0,-2e0,2147483647.0]", true)]
    [InlineData("[1.5]", false)]
    [InlineData("[2147483648.0]", false)]
    [InlineData("[-2147483649]", false)]
    [InlineData("[4294967297]", false)]
    [InlineData("[\"1\"]", false)]
    [InlineData("[null]", false)]
    public void Integers_of_a_document_are_whole_and_in_their_range(string json, bool isRight)
    {
        JsonSerializerOptions options = new() { Converters = { new WholeNumberConverter<int>() } };
        if (isRight)
        {
            Assert.Equal([1, -2, int.MaxValue], JsonSerializer.Deserialize<int[]>(json, options)!);
        }
        else
        {
            Assert.Contains("$[0]", Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<int[]>(json, options)).Message);
        }

        Assert.Equal("[7,-3]", JsonSerializer.Serialize<int[]>([7, -3], options));
    }

    [Fact]
    public void A_configuration_may_have_its_numbers_with_a_point()
    {
        SamConfig config = SamConfig.VitB with { Seed = ulong.MaxValue };
        string json = config.ToJson().Replace("\"depth\":12,", "\"depth\":12.0,", StringComparison.Ordinal)
            .Replace("[2,5,8,11]", "[2.0,5e0,8,1.1e1]", StringComparison.Ordinal)
            .Replace($"{ulong.MaxValue}", $"{ulong.MaxValue}.0", StringComparison.Ordinal);

        Assert.Equal(config, SamConfig.Parse(json, "test"));
    }
}
