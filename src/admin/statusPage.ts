/** The page for people: the script fills it from the API. Who runs no scripts is told where to read the same. */
export const STATUS_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>linkerd-failover</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="page.css">
<script src="page.js" defer></script>
</head>
<body><noscript>This page needs JavaScript. The same is told at <a href="api/routes">api/routes</a>, <a href="api/decisions">api/decisions</a> and <a href="metrics">metrics</a>.</noscript></body>
</html>
`;
