using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace SamNative.Web;

/// <summary>Puts the page and its API into an ASP.NET Core app.</summary>
public static class SamNativeWebExtensions
{
    /// <summary>Registers what the page needs: one model, shared by all visitors.</summary>
    /// <param name="model">A model that can answer prompts; it stays the caller's, to be disposed after the app.</param>
    /// <exception cref="ArgumentException">The model is an encoder alone.</exception>
    public static IServiceCollection AddSamNative(
        this IServiceCollection services, SamModel model, SamNativeWebOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(model);
        if (model.MissingDecoder is { } reason)
        {
            throw new ArgumentException(reason, nameof(model));
        }

        AutomaticMaskOptions everything = EverythingRequest.DefaultsOf(model);
        services.AddSingleton(_ => new Segmenter(model, everything, options ?? new SamNativeWebOptions()));
        services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, WebJson.Default));
        services.AddOpenApi(ApiDescription.Name, ApiDescription.Configure);
        services.AddSingleton<ApiDescription>();
        return services;
    }

    /// <summary>Maps the page, its API and the description of it, <c>openapi.json</c>, below a prefix.</summary>
    /// <param name="prefix">For example <c>/segment</c>; empty for the root of the app.</param>
    /// <remarks>
    /// Which host names are answered is up to the app: its AllowedHosts, and behind a proxy its forwarded headers.
    /// </remarks>
    /// <returns>All endpoints together, to ask for authorisation and the like.</returns>
    /// <exception cref="InvalidOperationException"><see cref="AddSamNative"/> was not called.</exception>
    public static IEndpointConventionBuilder MapSamNative(this IEndpointRouteBuilder app, string prefix = "")
    {
        ArgumentNullException.ThrowIfNull(app);
        if (app.ServiceProvider.GetService<IServiceProviderIsService>()?.IsService(typeof(Segmenter)) == false)
        {
            throw new InvalidOperationException("Call services.AddSamNative(model) before app.MapSamNative().");
        }

        RouteGroupBuilder group = app.MapGroup(prefix);
        group.AddEndpointFilter<SafetyFilter>();
        group.AddEndpointFilter<ProblemFilter>();
        PageEndpoints.Map(group);
        RouteGroupBuilder api = group.MapGroup(string.Empty).WithGroupName(ApiDescription.Name).WithTags("SamNative");
        PictureEndpoints.Map(api);
        PromptEndpoints.Map(api);
        EverythingEndpoints.Map(api);
        ExportEndpoints.Map(api);
        ApiDescription.Map(group);
        return group;
    }
}
