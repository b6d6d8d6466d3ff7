using System.Net;
using System.Text.Json;
using Xunit;

namespace SamNative.Web.Tests;

/// <summary>What an answer must be when something was wrong.</summary>
internal static class Problem
{
    /// <summary>Checks status, code and a part of the sentence.</summary>
    public static async Task Expect(HttpResponseMessage response, HttpStatusCode status, string code, string saying)
    {
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == status, $"{(int)response.StatusCode}: {text}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        JsonElement problem = JsonElement.Parse(text);
        Assert.Equal(code, problem.GetProperty("code").GetString());
        Assert.Equal((int)status, problem.GetProperty("status").GetInt32());
        Assert.Contains(saying, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("Parameter '", text, StringComparison.Ordinal);
    }
}
