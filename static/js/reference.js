// The interactive part of the REST reference. The list above it is there without this file.
(() => {
  "use strict";
  const place = document.getElementById("swagger-ui");
  window.SwaggerUIBundle({
    domNode: place,
    url: place.dataset.description,
    docExpansion: "list",
    defaultModelsExpandDepth: -1,
    deepLinking: true,
    validatorUrl: null,
    syntaxHighlight: false,
    supportedSubmitMethods: ["get", "post"],
  });
})();
