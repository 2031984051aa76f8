/** The HTML of the status page, which the script fills from the API. Without JavaScript, it shows links to the same data. */
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
<body><noscript>This page needs JavaScript. The same data is at <a href="api/routes">api/routes</a>, <a href="api/decisions">api/decisions</a> and <a href="metrics">metrics</a>.</noscript></body>
</html>
`;
