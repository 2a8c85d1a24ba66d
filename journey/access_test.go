package journey_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"korzo/app/apptest"
	"korzo/offer/market"
	"korzo/platform/auth"
	"korzo/platform/db"
	"korzo/platform/db/dbtest"
	"korzo/purchase/payment/bank"
)

// access says who may call a route. A route that is in an API's document and
// not here fails the test: whoever adds one says here whose it is.
type access struct {
	scope string // of the admin's routes
	owner string // what {id} is, where that may belong to a customer: cart, checkout, order, or me
	body  string
	told  int // what its owner is answered where things as they stand do not let them; 0: success
}

var routes = map[string]access{
	"GET /store/v1/checkouts/{id}/instalments":                {owner: "checkout"},
	"POST /store/v1/checkouts/{id}/wallets/{method}":          {owner: "checkout", body: `{"return_url":"https://shop.example/bag"}`, told: http.StatusUnprocessableEntity},
	"POST /store/v1/checkouts/{id}/wallets/{method}/returned": {owner: "checkout", body: `{"returned":"wallet=x"}`, told: http.StatusUnprocessableEntity},
	"POST /store/v1/checkouts/{id}/one-click":                 {owner: "checkout", body: `{"expected_total":{"amount":1,"currency":"EUR"}}`, told: http.StatusConflict},
	"POST /store/v1/checkouts/{id}/one-click/undo":            {owner: "checkout"},

	"GET /store/v1/products":                          {},
	"GET /store/v1/products/{slug}":                   {},
	"GET /store/v1/products/{slug}/related":           {},
	"GET /store/v1/categories":                        {},
	"GET /store/v1/categories/{slug}":                 {},
	"GET /store/v1/suggest":                           {},
	"GET /store/v1/banners":                           {},
	"GET /store/v1/pickup-points":                     {},
	"GET /store/v1/places":                            {},
	"GET /store/v1/return-terms":                      {},
	"POST /store/v1/carts":                            {body: `{}`},
	"GET /store/v1/carts/{id}":                        {owner: "cart"},
	"POST /store/v1/carts/{id}/lines":                 {owner: "cart", body: `{"sku":"POSTER","quantity":1}`},
	"PATCH /store/v1/carts/{id}/lines/{line}":         {owner: "cart", body: `{"quantity":3}`},
	"DELETE /store/v1/carts/{id}/lines/{line}":        {owner: "cart"},
	"PUT /store/v1/carts/{id}/lines/{line}/gifts":     {owner: "cart", body: `{"gifts":[]}`, told: http.StatusUnprocessableEntity},
	"PUT /store/v1/carts/{id}/collect":                {owner: "cart", body: `{"place":""}`},
	"POST /store/v1/carts/{id}/codes":                 {owner: "cart", body: `{"code":"OTHER"}`},
	"DELETE /store/v1/carts/{id}/codes/{code}":        {owner: "cart"},
	"POST /store/v1/carts/{id}/resume-links":          {owner: "cart"},
	"POST /store/v1/carts/{id}/claim":                 {owner: "cart"},
	"POST /store/v1/visitors":                         {},
	"POST /store/v1/checkouts":                        {owner: "cart", body: `{"cart":"{id}"}`},
	"GET /store/v1/checkouts/{id}":                    {owner: "checkout"},
	"PATCH /store/v1/checkouts/{id}":                  {owner: "checkout", body: `{"email":"x@example.com"}`},
	"POST /store/v1/checkouts/{id}/complete":          {owner: "checkout", body: `{"expected_total":{"amount":1680,"currency":"EUR"}}`},
	"POST /store/v1/checkouts/{id}/cancel":            {owner: "checkout"},
	"GET /store/v1/orders/{id}":                       {owner: "order"},
	"GET /store/v1/orders/{id}/tracking":              {owner: "order"},
	"POST /store/v1/orders/{id}/account":              {owner: "order", body: `{"password":"correct horse battery"}`, told: http.StatusConflict},
	"POST /store/v1/orders/{id}/claim":                {owner: "order"},
	"POST /store/v1/orders/{id}/cancel":               {owner: "order"},
	"POST /store/v1/orders/{id}/lines":                {owner: "order", body: `{"lines":[],"preview":true}`},
	"POST /store/v1/orders/{id}/address":              {owner: "order", body: `{"name":"Ada","line1":"Alsterufer 1","postal_code":"20095","city":"Hamburg","preview":true}`},
	"POST /store/v1/customers":                        {body: `{"email":"new@example.com","password":"correct horse battery"}`},
	"POST /store/v1/sessions":                         {body: `{"email":"nobody@example.com","password":"correct horse battery"}`},
	"DELETE /store/v1/sessions":                       {},
	"GET /store/v1/customers/me":                      {owner: "me"},
	"GET /admin/v1/products":                          {scope: "catalog.read"},
	"POST /admin/v1/products":                         {scope: "catalog.write", body: `{"title":"N","slug":"n","variants":[{"sku":"N"}]}`},
	"GET /admin/v1/products/{id}":                     {scope: "catalog.read"},
	"PATCH /admin/v1/products/{id}":                   {scope: "catalog.write", body: `{"version":1}`},
	"DELETE /admin/v1/products/{id}":                  {scope: "catalog.write"},
	"POST /admin/v1/products/bulk":                    {scope: "catalog.write", body: `{"products":[{"title":"M","slug":"m","variants":[{"sku":"M"}]}]}`},
	"POST /admin/v1/media":                            {scope: "catalog.write", body: `{}`},
	"GET /admin/v1/categories":                        {scope: "catalog.read"},
	"POST /admin/v1/categories":                       {scope: "catalog.write", body: `{"title":"Cups","slug":"cups"}`},
	"POST /admin/v1/categories/bulk":                  {scope: "catalog.write", body: `{"categories":[{"title":"Pots","slug":"pots"}]}`},
	"GET /admin/v1/categories/rule-facts":             {scope: "catalog.read"},
	"POST /admin/v1/categories/previews":              {scope: "catalog.read", body: `{"rule":"product.bundle"}`},
	"GET /admin/v1/categories/{id}":                   {scope: "catalog.read"},
	"PATCH /admin/v1/categories/{id}":                 {scope: "catalog.write", body: `{"version":1}`},
	"DELETE /admin/v1/categories/{id}":                {scope: "catalog.write"},
	"GET /admin/v1/content":                           {scope: "catalog.read"},
	"POST /admin/v1/content":                          {scope: "catalog.write", body: `{"kind":"page","draft":{"en":{"slug":"kiln","title":"Kiln","body":"x"}}}`},
	"GET /admin/v1/content/{id}":                      {scope: "catalog.read"},
	"PUT /admin/v1/content/{id}":                      {scope: "catalog.write", body: `{"kind":"page","draft":{"en":{"slug":"kiln","title":"Kiln","body":"x"}}}`},
	"POST /admin/v1/content/{id}/publish":             {scope: "catalog.write", body: `{}`},
	"POST /admin/v1/content/{id}/withdraw":            {scope: "catalog.write"},
	"GET /admin/v1/attributes":                        {scope: "catalog.read"},
	"POST /admin/v1/attributes":                       {scope: "catalog.write", body: `{"code":"glaze","type":"text","title":"Glaze"}`},
	"GET /admin/v1/attributes/{code}":                 {scope: "catalog.read"},
	"PUT /admin/v1/attributes/{code}":                 {scope: "catalog.write", body: `{"version":1,"type":"text","title":"Glaze"}`},
	"DELETE /admin/v1/attributes/{code}":              {scope: "catalog.write"},
	"GET /admin/v1/delivery-methods":                  {scope: "settings.read"},
	"PUT /admin/v1/delivery-methods/{id}":             {scope: "settings.write", body: `{"id":"x","market":"DE","name":{"en":"N"},"kind":"ship","countries":[],"rule":"flat","settings":{"amount":1},"cut_off":"14:00","lead_days":0,"transit_days":[1,2],"dispatch_days":[],"delivery_days":[],"position":9,"active":true}`},
	"GET /admin/v1/sourcing":                          {scope: "settings.read"},
	"PUT /admin/v1/sourcing/rules":                    {scope: "settings.write", body: `{"rules":[{"kind":"nearest"}]}`},
	"PUT /admin/v1/sourcing/locations/{id}":           {scope: "settings.write", body: `{"parcels_a_day":20}`},
	"GET /admin/v1/orders/{id}/sourcing":              {scope: "orders.read"},
	"GET /admin/v1/places":                            {scope: "settings.read"},
	"PUT /admin/v1/places/{id}":                       {scope: "settings.write", body: `{"kind":"store","hours":[{"days":["mon"],"opens":"10:00","closes":"19:00"}],"accept_minutes":30,"remind_days":[2],"expire_days":7}`},
	"GET /admin/v1/lanes":                             {scope: "settings.read"},
	"PUT /admin/v1/lanes/{from}/{to}/{method}":        {scope: "settings.write", body: `{"mode":"fixed","p50_days":1,"p90_days":2}`},
	"GET /admin/v1/promises":                          {scope: "orders.read"},
	"GET /admin/v1/locations":                         {scope: "stock.read"},
	"GET /admin/v1/stock":                             {scope: "stock.read"},
	"GET /admin/v1/stock/movements":                   {scope: "stock.read"},
	"GET /admin/v1/tax/rates":                         {scope: "settings.read"},
	"POST /admin/v1/tax/rates":                        {scope: "settings.write", body: `{"country":"DE","name":"N","percent":1,"from":"2025-01-01"}`},
	"DELETE /admin/v1/tax/rates/{seq}":                {scope: "settings.write"},
	"POST /admin/v1/tax/rates/import":                 {scope: "settings.write", body: `{"csv":"country,name,percent,from"}`},
	"POST /admin/v1/tax/rates/european":               {scope: "settings.write", body: `{"countries":["LU"]}`},
	"GET /admin/v1/tax/settings/{market}":             {scope: "settings.read"},
	"PUT /admin/v1/tax/settings/{market}":             {scope: "settings.write", body: `{"provider":"table"}`},
	"GET /admin/v1/tax/exemptions":                    {scope: "settings.read"},
	"PUT /admin/v1/tax/exemptions/{holder}":           {scope: "settings.write", body: `{"certificate":"1","reason":"x"}`},
	"DELETE /admin/v1/tax/exemptions/{holder}":        {scope: "settings.write"},
	"POST /admin/v1/locations":                        {scope: "stock.write", body: `{"id":"loc_new","name":"N","country":"DE","zone":"Europe/Berlin"}`},
	"PATCH /admin/v1/locations/{id}":                  {scope: "stock.write", body: `{"name":"N"}`},
	"DELETE /admin/v1/locations/{id}":                 {scope: "stock.write"},
	"POST /admin/v1/stock":                            {scope: "stock.write", body: `{"reason":"x","adjustments":[{"sku":"POSTER","location":"loc_berlin","delta":1}]}`},
	"GET /admin/v1/stock/policies/{sku}":              {scope: "stock.read"},
	"PUT /admin/v1/stock/policies/{sku}":              {scope: "stock.write", body: `{"mode":"tracked"}`},
	"GET /admin/v1/stock/safety":                      {scope: "stock.read"},
	"PUT /admin/v1/stock/safety":                      {scope: "stock.write", body: `{"channel":"web","units":0}`},
	"GET /admin/v1/transfers":                         {scope: "stock.read"},
	"POST /admin/v1/transfers":                        {scope: "stock.write", body: `{"from":"loc_berlin","to":"loc_berlin","lines":[{"sku":"POSTER","units":1}]}`},
	"GET /admin/v1/transfers/{id}":                    {scope: "stock.read"},
	"PUT /admin/v1/transfers/{id}":                    {scope: "stock.write", body: `{"from":"loc_berlin","to":"loc_berlin","lines":[{"sku":"POSTER","units":1}]}`},
	"POST /admin/v1/transfers/{id}/send":              {scope: "stock.write"},
	"POST /admin/v1/transfers/{id}/cancel":            {scope: "stock.write"},
	"POST /admin/v1/transfers/{id}/receive":           {scope: "stock.write", body: `{"lines":[{"sku":"POSTER","units":1}]}`},
	"POST /admin/v1/transfers/{id}/close":             {scope: "stock.write", body: `{"reason":"x"}`},
	"GET /admin/v1/fulfilments":                       {scope: "stock.read"},
	"GET /admin/v1/fulfilments/{id}":                  {scope: "stock.read"},
	"POST /admin/v1/fulfilments/{id}/{action}":        {scope: "stock.write", body: `{}`},
	"POST /admin/v1/fulfilments/{id}/payments":        {scope: "stock.write", body: `{"method":"cash"}`},
	"POST /admin/v1/fulfilments/{id}/pay-link":        {scope: "stock.write", body: `{}`},
	"POST /admin/v1/fulfilments/{id}/payments/{step}": {scope: "stock.write"},
	"POST /admin/v1/parcels/{id}/label":               {scope: "stock.write", body: `{"carrier":"manual"}`},
	"GET /admin/v1/parcels/{id}/label":                {scope: "stock.read"},
	"POST /admin/v1/waves":                            {scope: "stock.write", body: `{"location":"loc_none"}`},
	"GET /admin/v1/waves":                             {scope: "stock.read"},
	"GET /admin/v1/waves/{id}":                        {scope: "stock.read"},
	"POST /admin/v1/waves/{id}/take":                  {scope: "stock.write", body: `{"code":"x"}`},
	"GET /admin/v1/parcels/{id}/rates":                {scope: "stock.read"},
	"POST /admin/v1/parcels/{id}/tell":                {scope: "stock.write", body: `{"status":"delivered"}`},
	"POST /admin/v1/parcels/{id}/ship":                {scope: "stock.write"},
	"POST /admin/v1/parcels/{id}/unpack":              {scope: "stock.write"},
	"POST /admin/v1/parcels/{id}/deliver":             {scope: "stock.write"},
	"GET /admin/v1/counts":                            {scope: "stock.read"},
	"POST /admin/v1/counts":                           {scope: "stock.write", body: `{"location":"loc_berlin"}`},
	"GET /admin/v1/counts/{id}":                       {scope: "stock.read"},
	"GET /admin/v1/counts/{id}/sheet":                 {scope: "stock.read"},
	"POST /admin/v1/counts/{id}/lines":                {scope: "stock.write", body: `{"sku":"POSTER","counted":1}`},
	"POST /admin/v1/counts/{id}/post":                 {scope: "stock.write", body: `{"reason":"x"}`},
	"POST /admin/v1/counts/{id}/cancel":               {scope: "stock.write"},
	"POST /admin/v1/stock/adjustments":                {scope: "stock.write", body: `{"sku":"POSTER","location":"loc_berlin","delta":1,"reason":"x"}`},
	"POST /admin/v1/imports/previews":                 {scope: "transfers.write", body: `{"file":"upl_none.csv"}`},
	"GET /admin/v1/imports":                           {scope: "transfers.read"},
	"POST /admin/v1/imports/files":                    {scope: "transfers.write", body: `sku,amount`},
	"GET /admin/v1/imports/{id}/report":               {scope: "transfers.read"},
	"POST /admin/v1/files":                            {scope: "catalog.write", body: `song`},
	"POST /admin/v1/imports":                          {scope: "transfers.write", body: `{"file":"upl_none.csv"}`},
	"GET /admin/v1/imports/{id}":                      {scope: "transfers.read"},
	"GET /admin/v1/imports/{id}/rows":                 {scope: "transfers.read"},
	"GET /admin/v1/imports/{id}/months":               {scope: "transfers.read"},
	"GET /admin/v1/exports/everything.zip":            {scope: "transfers.read"},
	"GET /admin/v1/exports/{kind}":                    {scope: "transfers.read"},
	"GET /admin/v1/promotions":                        {scope: "promotions.read"},
	"POST /admin/v1/promotions":                       {scope: "promotions.write", body: `{"name":"N","percent":1}`},
	"GET /admin/v1/promotions/{id}":                   {scope: "promotions.read"},
	"PUT /admin/v1/promotions/{id}":                   {scope: "promotions.write", body: `{"name":"N","percent":1}`},
	"POST /admin/v1/promotions/{id}/status":           {scope: "promotions.write", body: `{"status":"paused"}`},
	"GET /admin/v1/promotions/{id}/codes":             {scope: "promotions.read"},
	"POST /admin/v1/promotions/{id}/codes":            {scope: "promotions.write", body: `{"count":1}`},
	"GET /admin/v1/orders":                            {scope: "orders.read"},
	"GET /admin/v1/orders/{id}":                       {scope: "orders.read"},
	"POST /admin/v1/orders/{id}/release":              {scope: "orders.write"},
	"GET /admin/v1/payments":                          {scope: "orders.read"},
	"GET /admin/v1/payments/{id}":                     {scope: "orders.read"},
	"GET /admin/v1/payment-figures":                   {scope: "reports.read"},
	"GET /admin/v1/orders/{id}/amendments":            {scope: "orders.read"},
	"POST /admin/v1/orders/{id}/amendments":           {scope: "payments.refund", body: `{"kind":"cancel","reason":"x"}`},
	"POST /admin/v1/orders/{id}/edits":                {scope: "payments.refund", body: `{"reason":"x"}`},
	"POST /admin/v1/amendments/{id}/drop":             {scope: "payments.refund"},
	"POST /admin/v1/amendments/{id}/charge":           {scope: "payments.refund", body: `{"card":"crd_x"}`},
	"POST /admin/v1/amendments/{id}/approve":          {scope: "payments.refund"},
	"POST /admin/v1/amendments/{id}/decline":          {scope: "payments.refund"},
	"GET /admin/v1/disputes":                          {scope: "orders.read"},
	"GET /admin/v1/disputes/{id}":                     {scope: "orders.read"},
	"POST /admin/v1/disputes/{id}/evidence":           {scope: "orders.write", body: `{"text":"x"}`},
	"POST /admin/v1/disputes/{id}/decide":             {scope: "payments.refund", body: `{"status":"won"}`},
	"GET /admin/v1/settlements":                       {scope: "ledger.read"},
	"POST /admin/v1/settlements":                      {scope: "payments.capture"},
	"POST /admin/v1/settlements/preview":              {scope: "payments.capture"},
	"GET /admin/v1/settlements/{id}":                  {scope: "ledger.read"},
	"POST /admin/v1/payments/{id}/check":              {scope: "payments.capture"},
	"POST /admin/v1/payments/{id}/capture":            {scope: "payments.capture"},
	"POST /admin/v1/payments/{id}/captures":           {scope: "payments.capture", body: `{}`},
	"POST /admin/v1/payments/{id}/void":               {scope: "payments.capture", body: `{}`},
	"POST /admin/v1/payments/{id}/refunds":            {scope: "payments.refund", body: `{}`},
	"GET /admin/v1/flows":                             {scope: "flows.read"},
	"POST /admin/v1/flows":                            {scope: "flows.write", body: `{"document":{"name":"N","layout":"one_page","payments":{}}}`},
	"POST /admin/v1/flows/{id}/publish":               {scope: "flows.write", body: `{"version":1}`},
	"POST /admin/v1/flows/{id}/simulate":              {scope: "flows.read", body: `{"visits":10}`},
	"GET /admin/v1/flows/{id}/figures":                {scope: "reports.read"},
	"POST /admin/v1/flows/choose":                     {scope: "flows.read", body: `{"visit":{"market":"DE"}}`},
	"GET /admin/v1/flows/schema":                      {scope: "flows.read"},
	"GET /admin/v1/experiments":                       {scope: "flows.read"},
	"POST /admin/v1/experiments":                      {scope: "flows.write", body: `{"key":"k","name":"N","kind":"test","point":{"kind":"feature","key":"f"},"coverage":1000000,"arms":[{"key":"a","weight":500000,"value":null},{"key":"b","weight":500000,"value":1}]}`},
	"GET /admin/v1/experiments/{id}":                  {scope: "flows.read"},
	"POST /admin/v1/experiments/{id}/status":          {scope: "flows.write", body: `{"action":"start"}`},
	"POST /admin/v1/experiments/{id}/weights":         {scope: "flows.write", body: `{"weights":[1,999999],"coverage":1000000}`},
	"GET /admin/v1/experiments/{id}/results":          {scope: "reports.read"},
	"POST /admin/v1/experiments/{id}/results":         {scope: "flows.write"},
	"POST /admin/v1/experiments/plan":                 {scope: "flows.read", body: `{"experiment":{"key":"k","name":"N","kind":"test","point":{"kind":"feature","key":"f"},"coverage":1000000,"arms":[{"key":"a","weight":500000,"value":null},{"key":"b","weight":500000,"value":1}]},"visitors_a_day":500}`},
	"GET /admin/v1/features":                          {scope: "flows.read"},
	"PUT /admin/v1/features/{key}":                    {scope: "flows.write", body: `{"default":true}`},
	"GET /admin/v1/wordings":                          {scope: "messages.read"},
	"POST /admin/v1/wordings":                         {scope: "messages.write", body: `{"kind":"shipment.shipped","name":"W","words":{"en":{"heading":"Left"},"de":{"heading":"Weg"},"hu":{"heading":"El"}}}`},
	"POST /admin/v1/wordings/{id}/status":             {scope: "messages.write", body: `{"action":"retire"}`},
	"GET /admin/v1/banners":                           {scope: "catalog.read"},
	"POST /admin/v1/banners":                          {scope: "catalog.write", body: `{"name":"B","texts":{"en":{"title":"T"}}}`},
	"PUT /admin/v1/banners/{id}":                      {scope: "catalog.write", body: `{"name":"B","texts":{"en":{"title":"T"}}}`},
	"GET /admin/v1/segments":                          {scope: "customers.read"},
	"POST /admin/v1/segments":                         {scope: "customers.write", body: `{"name":"S","rule":"customer.orders > 2"}`},
	"PUT /admin/v1/segments/{id}":                     {scope: "customers.write", body: `{"name":"S","rule":"customer.orders > 2"}`},
	"DELETE /admin/v1/segments/{id}":                  {scope: "customers.write"},
	"GET /admin/v1/experiment-layers":                 {scope: "reports.read"},
	"PUT /admin/v1/experiment-layers/{name}":          {scope: "flows.write", body: `{"holdout_ppm":50000}`},
	"GET /admin/v1/flows/facts":                       {scope: "flows.read"},
	"GET /admin/v1/flows/{id}/versions":               {scope: "flows.read"},
	"GET /admin/v1/flows/{id}/versions/{version}":     {scope: "flows.read"},
	"GET /admin/v1/flows/{id}/diff":                   {scope: "flows.read"},
	"GET /admin/v1/payment-methods":                   {scope: "flows.read"},
	"PUT /admin/v1/payment-methods/{id}":              {scope: "flows.write", body: `{"market":"DE","enabled":true}`},
	"POST /admin/v1/payment-methods/presets":          {scope: "flows.write", body: `{"market":"XX","country":"DE"}`},
	"GET /admin/v1/ledger/check":                      {scope: "ledger.read"},
	"GET /admin/v1/exceptions":                        {scope: "exceptions.read"},
	"POST /admin/v1/exceptions/{id}/resolve":          {scope: "exceptions.write", body: `{"note":"x"}`},

	"POST /admin/v1/promotions/simulate":          {scope: "promotions.read", body: `{"name":"N","percent":1}`},
	"GET /admin/v1/price-lists":                   {scope: "catalog.read"},
	"POST /admin/v1/price-lists":                  {scope: "catalog.write", body: `{"name":"N","market":"DE"}`},
	"GET /admin/v1/price-lists/{id}":              {scope: "catalog.read"},
	"PUT /admin/v1/price-lists/{id}":              {scope: "catalog.write", body: `{"name":"N","market":"DE"}`},
	"DELETE /admin/v1/price-lists/{id}":           {scope: "catalog.write"},
	"GET /admin/v1/price-lists/{id}/prices":       {scope: "catalog.read"},
	"PUT /admin/v1/price-lists/{id}/prices":       {scope: "catalog.write", body: `{"prices":[{"sku":"POSTER","amount":1,"currency":"EUR"}]}`},
	"GET /admin/v1/prices/explain":                {scope: "catalog.read"},
	"GET /admin/v1/customer-groups":               {scope: "customers.read"},
	"POST /admin/v1/customer-groups":              {scope: "customers.write", body: `{"name":"N"}`},
	"POST /admin/v1/customer-groups/{id}/members": {scope: "customers.write", body: `{"add":["cus_1"]}`},
	"PATCH /admin/v1/customers/{id}/standing":     {scope: "customers.write", body: `{"tier":"gold"}`},

	"POST /store/v1/carts/{id}/gift-cards":          {owner: "cart", body: `{"code":"{gift card}"}`},
	"DELETE /store/v1/carts/{id}/gift-cards/{card}": {owner: "cart"},
	"POST /store/v1/gift-cards/balance":             {body: `{"code":"x"}`},
	"GET /store/v1/customers/me/credit":             {owner: "me"},
	"GET /store/v1/customers/me/points":             {owner: "me"},
	"GET /store/v1/pay-links/{token}":               {},
	"POST /store/v1/pay-links/{token}/pay":          {body: `{"method":"card","instrument":"sandbox:approve"}`},
	"GET /admin/v1/pay-links":                       {scope: "orders.read"},
	"POST /admin/v1/pay-links":                      {scope: "payments.capture", body: `{"market":"DE","amount":{"amount":1000,"currency":"EUR"},"text":"x"}`},
	"GET /admin/v1/pay-links/{id}":                  {scope: "orders.read"},
	"POST /admin/v1/pay-links/{id}/cancel":          {scope: "payments.capture"},
	"GET /store/v1/customers/me/cards":              {owner: "me"},
	"POST /store/v1/customers/me/cards":             {body: `{"instrument":"sandbox:approve","method":"card","consent":true}`},
	"GET /store/v1/customers/me/cards/{id}":         {owner: "card"},
	"PATCH /store/v1/customers/me/cards/{id}":       {owner: "card", body: `{"favourite":true}`},
	"DELETE /store/v1/customers/me/cards/{id}":      {owner: "card"},
	"GET /admin/v1/gift-cards":                      {scope: "giftcards.read"},
	"POST /admin/v1/gift-cards":                     {scope: "giftcards.write", body: `{"market":"DE","amount":{"amount":1000,"currency":"EUR"},"reason":"x"}`},
	"POST /admin/v1/gift-cards/look":                {scope: "giftcards.read", body: `{"code":"x"}`},
	"GET /admin/v1/gift-cards/{id}":                 {scope: "giftcards.read"},
	"POST /admin/v1/gift-cards/{id}/block":          {scope: "giftcards.write", body: `{"reason":"x"}`},
	"POST /admin/v1/gift-cards/{id}/unblock":        {scope: "giftcards.write", body: `{"reason":"x"}`},
	"POST /admin/v1/gift-cards/{id}/top-ups":        {scope: "giftcards.write", body: `{"amount":{"amount":1000,"currency":"EUR"},"reason":"x"}`},
	"GET /admin/v1/customers/{id}/credit":           {scope: "customers.read"},
	"POST /admin/v1/customers/{id}/credit":          {scope: "credit.write", body: `{"amount":{"amount":1000,"currency":"EUR"},"source":"goodwill","reason":"x"}`},
	"GET /admin/v1/customers/{id}/points":           {scope: "customers.read"},
	"POST /admin/v1/customers/{id}/points":          {scope: "credit.write", body: `{"points":100,"reason":"x"}`},
	"GET /admin/v1/points/worths":                   {scope: "settings.read"},
	"PUT /admin/v1/points/worths":                   {scope: "settings.write", body: `{"points":100,"amount":{"amount":100,"currency":"EUR"},"share":50}`},
	"DELETE /admin/v1/points/worths/{currency}":     {scope: "settings.write"},

	// webhooks
	"GET /admin/v1/webhook-kinds":                   {scope: "webhooks.read"},
	"GET /admin/v1/webhooks":                        {scope: "webhooks.read"},
	"POST /admin/v1/webhooks":                       {scope: "webhooks.write", body: `{"url":"https://example.com/hook","kinds":["order.*"]}`},
	"GET /admin/v1/webhooks/{id}":                   {scope: "webhooks.read"},
	"PUT /admin/v1/webhooks/{id}":                   {scope: "webhooks.write", body: `{"url":"https://example.com/hook","kinds":["*"],"version":1}`},
	"DELETE /admin/v1/webhooks/{id}":                {scope: "webhooks.write"},
	"POST /admin/v1/webhooks/{id}/pause":            {scope: "webhooks.write"},
	"POST /admin/v1/webhooks/{id}/resume":           {scope: "webhooks.write"},
	"POST /admin/v1/webhooks/{id}/secret":           {scope: "webhooks.write"},
	"POST /admin/v1/webhooks/{id}/test":             {scope: "webhooks.write"},
	"POST /admin/v1/webhooks/{id}/recover":          {scope: "webhooks.write", body: `{"since":"2026-01-01T00:00:00Z"}`},
	"GET /admin/v1/webhooks/{id}/deliveries":        {scope: "webhooks.read"},
	"GET /admin/v1/webhook-deliveries/{id}":         {scope: "webhooks.read"},
	"POST /admin/v1/webhook-deliveries/{id}/replay": {scope: "webhooks.write"},

	// payment routing
	"GET /admin/v1/payment-rules":                               {scope: "routing.read"},
	"POST /admin/v1/payment-rules":                              {scope: "routing.write", body: `{"name":"N","outcome":{"order":["sandbox"]}}`},
	"GET /admin/v1/payment-rules/{id}":                          {scope: "routing.read"},
	"PUT /admin/v1/payment-rules/{id}":                          {scope: "routing.write", body: `{"name":"N","outcome":{"order":["sandbox"]}}`},
	"DELETE /admin/v1/payment-rules/{id}":                       {scope: "routing.write"},
	"POST /admin/v1/payment-rules/{id}/publish":                 {scope: "routing.write", body: `{"version":1}`},
	"POST /admin/v1/payment-rules/simulate":                     {scope: "routing.read", body: `{}`},
	"POST /admin/v1/payment-rules/explain":                      {scope: "routing.read", body: `{"amount":{"amount":1,"currency":"EUR"},"market":"DE","method":"card"}`},
	"GET /admin/v1/payment-routing/settings":                    {scope: "routing.read"},
	"PUT /admin/v1/payment-routing/settings":                    {scope: "routing.write", body: `{"default":{"order":["sandbox"]},"max_attempts":3,"explore_percent":5}`},
	"GET /admin/v1/payment-routing/retries":                     {scope: "routing.read"},
	"PUT /admin/v1/payment-routing/retries":                     {scope: "routing.write", body: `{"gateway":"*","code":"card_declined","action":"stop"}`},
	"DELETE /admin/v1/payment-routing/retries/{gateway}/{code}": {scope: "routing.write"},
	"GET /admin/v1/payment-routing/breakers":                    {scope: "routing.read"},

	// payment guard
	"GET /admin/v1/payment-guard":             {scope: "routing.read"},
	"GET /admin/v1/return-terms":              {scope: "settings.read"},
	"PUT /admin/v1/return-terms/{market}":     {scope: "settings.write", body: `{"days":30,"paid_by":"shop","how":"label"}`},
	"GET /admin/v1/refund-limits":             {scope: "settings.read"},
	"PUT /admin/v1/refund-limits":             {scope: "settings.write", body: `{"amount":{"amount":20000000,"currency":"HUF"}}`},
	"PUT /admin/v1/payment-guard/limits":      {scope: "routing.write", body: `{"kind":"cart","window_seconds":3600,"challenge":3,"stop":8,"tries":0}`},
	"PUT /admin/v1/payment-guard/breaker":     {scope: "routing.write", body: `{"window_seconds":300,"fewest_declines":20,"declined_percent":50,"hold_seconds":900}`},
	"DELETE /admin/v1/payment-guard/settings": {scope: "routing.write"},
	"POST /admin/v1/payment-guard/calm":       {scope: "routing.write"},
	"POST /admin/v1/payment-guard/pardons":    {scope: "routing.write", body: `{"trace":"cart:aaaaaaaaaaaaaaaa"}`},

	"GET /admin/v1/orders/{id}/downloads":    {scope: "orders.read"},
	"POST /admin/v1/orders/{id}/downloads":   {scope: "orders.write"},
	"DELETE /admin/v1/orders/{id}/downloads": {scope: "orders.write"},

	"POST /store/v1/search-clicks":          {body: `{"q":"poster","product":"prd_none"}`},
	"GET /admin/v1/search/queries":          {scope: "catalog.read"},
	"GET /admin/v1/search/choices":          {scope: "catalog.read"},
	"GET /admin/v1/search/synonyms":         {scope: "catalog.read"},
	"POST /admin/v1/search/synonyms":        {scope: "catalog.write", body: `{"words":["cup","mug"]}`},
	"PUT /admin/v1/search/synonyms/{id}":    {scope: "catalog.write", body: `{"words":["cup","beaker"]}`},
	"DELETE /admin/v1/search/synonyms/{id}": {scope: "catalog.write"},
	"GET /admin/v1/search/redirects":        {scope: "catalog.read"},
	"PUT /admin/v1/search/redirects":        {scope: "catalog.write", body: `{"query":"sale","target":"/categories/sale"}`},
	"DELETE /admin/v1/search/redirects":     {scope: "catalog.write"},
	"GET /admin/v1/search/rankings":         {scope: "catalog.read"},
	"PUT /admin/v1/search/rankings":         {scope: "catalog.write", body: `{"query":"cup","product":"prd_none","boost":10}`},
	"DELETE /admin/v1/search/rankings":      {scope: "catalog.write"},

	// What a customer has of their own. Of "self" everybody signed in has one, so
	// another customer reaches only theirs.
	"PATCH /store/v1/customers/me":                                     {owner: "self", body: `{"phone":"+49 30 1"}`},
	"DELETE /store/v1/customers/me":                                    {owner: "self", told: http.StatusUnprocessableEntity},
	"POST /store/v1/customers/me/password":                             {owner: "self", body: `{"password":"short"}`, told: http.StatusUnprocessableEntity},
	"GET /store/v1/customers/me/sessions":                              {owner: "self"},
	"DELETE /store/v1/customers/me/sessions/{id}":                      {owner: "self"},
	"GET /store/v1/customers/me/addresses":                             {owner: "self"},
	"POST /store/v1/customers/me/addresses":                            {owner: "self", body: `{"name":"Ada","line1":"Torstr. 1","postal_code":"10119","city":"Berlin","country":"DE"}`},
	"PUT /store/v1/customers/me/addresses/{id}":                        {owner: "address", body: `{"name":"Ada","line1":"Torstr. 2","postal_code":"10119","city":"Berlin","country":"DE"}`},
	"DELETE /store/v1/customers/me/addresses/{id}":                     {owner: "address"},
	"POST /store/v1/customers/me/addresses/{id}/default":               {owner: "address"},
	"GET /store/v1/customers/me/orders":                                {owner: "self"},
	"GET /store/v1/customers/me/wish-lists":                            {owner: "self"},
	"POST /store/v1/customers/me/wish-lists":                           {owner: "self", body: `{"name":"Gifts"}`},
	"GET /store/v1/customers/me/wish-lists/{id}":                       {owner: "wish list"},
	"PATCH /store/v1/customers/me/wish-lists/{id}":                     {owner: "wish list", body: `{"name":"For Mum","shared":true}`},
	"DELETE /store/v1/customers/me/wish-lists/{id}":                    {owner: "wish list"},
	"PUT /store/v1/customers/me/wish-lists/{id}/products/{product}":    {owner: "wish list"},
	"DELETE /store/v1/customers/me/wish-lists/{id}/products/{product}": {owner: "wish list"},
	"GET /store/v1/wish-lists/{link}":                                  {},
	"GET /store/v1/customers/me/saved":                                 {owner: "self"},
	"PUT /store/v1/customers/me/saved/{sku}":                           {owner: "self", body: `{"quantity":2}`},
	"DELETE /store/v1/customers/me/saved/{sku}":                        {owner: "saved"},
	"GET /store/v1/customers/me/consents":                              {owner: "self"},
	"PUT /store/v1/customers/me/consents/{purpose}":                    {owner: "self", body: `{"given":true,"words":"Tell me what is new"}`},
	"GET /store/v1/customers/me/messages":                              {owner: "self"},
	"GET /store/v1/customers/me/messages/{id}":                         {owner: "message"},
	"GET /store/v1/customers/me/exports":                               {owner: "self"},
	"POST /store/v1/customers/me/exports":                              {owner: "self"},
	"GET /store/v1/customers/me/exports/{id}":                          {owner: "export"},

	// Blocks stand apart so that a long route does not move the others.
	"GET /store/v1/orders/{id}/documents":            {owner: "order"},
	"GET /store/v1/orders/{id}/documents/{document}": {owner: "order"},
	"GET /admin/v1/documents":                        {scope: "orders.read"},
	"GET /admin/v1/documents/{id}":                   {scope: "orders.read"},

	"GET /admin/v1/pictures":           {scope: "catalog.read"},
	"GET /admin/v1/pictures/{blob}":    {scope: "catalog.read"},
	"PATCH /admin/v1/pictures/{blob}":  {scope: "catalog.write", body: `{"alt":"A mug"}`},
	"DELETE /admin/v1/pictures/{blob}": {scope: "catalog.write"},

	"GET /admin/v1/codes":           {scope: "promotions.read"},
	"GET /admin/v1/codes/{code}":    {scope: "promotions.read"},
	"PATCH /admin/v1/codes/{code}":  {scope: "promotions.write", body: `{"usage_limit":1}`},
	"DELETE /admin/v1/codes/{code}": {scope: "promotions.write"},
}

// documented lists every route of both APIs, as their documents tell.
func documented(w *apptest.World) (all []string) {
	w.T.Helper()
	for _, prefix := range []string{"/store/v1", "/admin/v1"} {
		paths, _ := w.Call("GET", prefix+"/openapi.json", nil).At("paths").(map[string]any)
		for path, methods := range paths {
			for method := range methods.(map[string]any) {
				if m := strings.ToUpper(method); m == "GET" || m == "POST" || m == "PUT" || m == "PATCH" || m == "DELETE" {
					all = append(all, m+" "+prefix+path)
				}
			}
		}
	}
	slices.Sort(all)
	return all
}

func TestEveryRouteHasItsRow(t *testing.T) {
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		for _, route := range documented(w) {
			if _, ok := routes[route]; !ok {
				t.Errorf("%s has no row in routes: say who may call it", route)
			}
		}
	})
}

// Every route with every kind of key: who may not is told so, and changes nothing.
func TestEveryRouteWithEveryKey(t *testing.T) {
	calm(t)
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		keys := keysOf(w)
		before := snapshot(t, w.App.DB)
		for _, allowed := range []bool{false, true} {
			for _, route := range documented(w) {
				for kind, key := range keys(routes[route].scope) {
					want := verdict(route, kind)
					if (want == 0) != allowed {
						continue
					}
					a := knock(w, route, strings.NewReplacer("{", "", "}", ""), key)
					if want == 0 && (a.Status == 401 && a.Text("code") != "storeapi.sign_in" && a.Text("code") != "auth.sign_in" || a.Status == 403 || a.Status >= 500) || want != 0 && a.Status != want {
						t.Errorf("%s with %s: %d %s, want %d", route, kind, a.Status, a.Bytes, want)
					}
				}
			}
			if tables := changed(before, snapshot(t, w.App.DB)); !allowed && tables != nil {
				t.Errorf("who may not changed %v", tables)
			}
		}
	})
}

// verdict is the status that a kind of key gets at a route; 0 is let in.
func verdict(route, kind string) int {
	store := strings.Contains(route, " /store/")
	switch kind {
	case "a publishable key":
		if store {
			return 0
		}
	case "a secret key of every scope", "a secret key of this scope":
		if !store {
			return 0
		}
	case "a secret key of every other scope":
		if !store {
			return http.StatusForbidden
		}
	}
	return http.StatusUnauthorized
}

// keysOf makes a key of every kind and returns those for a scope, by what they are.
func keysOf(w *apptest.World) func(scope string) map[string]string {
	w.T.Helper()
	made := map[string]string{}
	create := func(name string, n auth.NewKey, revoke bool) {
		dbtest.Write(w.T, w.App.DB, func(tx *db.Tx) error {
			n.Name = name
			k, secret, err := auth.CreateKey(w.T.Context(), tx, n)
			if err == nil && revoke {
				err = auth.RevokeKey(w.T.Context(), tx, k.ID)
			}
			made[name] = secret
			return err
		})
	}
	everything := []string{auth.ScopeAll}
	create("a revoked publishable key", auth.NewKey{Kind: auth.Publishable, Channel: "web"}, true)
	create("a revoked secret key", auth.NewKey{Kind: auth.Secret, Scopes: everything}, true)
	for _, r := range routes {
		if _, ok := made["only "+r.scope]; ok || r.scope == "" {
			continue
		}
		others := slices.DeleteFunc(auth.Actions(), func(a string) bool { return a == r.scope })
		create("only "+r.scope, auth.NewKey{Kind: auth.Secret, Scopes: []string{r.scope}}, false)
		create("all but "+r.scope, auth.NewKey{Kind: auth.Secret, Scopes: others}, false)
	}
	return func(scope string) map[string]string {
		keys := map[string]string{"no key": "", "a key nobody made": "sk_nobody", "a publishable key": w.Store, "a secret key of every scope": w.Admin}
		for _, revoked := range []string{"a revoked publishable key", "a revoked secret key"} {
			keys[revoked] = made[revoked]
		}
		if scope != "" {
			keys["a secret key of this scope"], keys["a secret key of every other scope"] = made["only "+scope], made["all but "+scope]
		}
		return keys
	}
}

// knock calls a route with a key; {id} and the like are all one name.
func knock(w *apptest.World, route string, names *strings.Replacer, key string, header ...string) apptest.Answer {
	w.T.Helper()
	method, path, _ := strings.Cut(names.Replace(route), " ")
	body := names.Replace(routes[route].body)
	header = append(header, "Authorization", "Bearer "+key, "Idempotency-Key", fmt.Sprint("n", len(body)))
	if body == "" {
		return w.Call(method, path, nil, header...)
	}
	return w.Call(method, path, body, header...)
}

// What belongs to a customer is for her session only: for everybody else it is
// not there, whatever the route.
func TestWhatIsACustomersIsNobodyElses(t *testing.T) {
	calm(t)
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		hers := w.Call("POST", "/store/v1/customers", map[string]any{"email": "ada@example.com", "password": "correct horse battery"}).Text("token")
		mine := w.Call("POST", "/store/v1/customers", map[string]any{"email": "eve@example.com", "password": "correct horse battery"}).Text("token")
		for _, route := range slices.Sorted(maps.Keys(routes)) {
			owner := routes[route].owner
			if owner == "" {
				continue
			}
			things := map[string]string{}
			if !slices.Contains([]string{"self", "address", "wish list", "saved", "export"}, owner) {
				things = belongings(w, hers)
			}
			if strings.Contains(route, "{document}") {
				things["document"] = invoiced(w, hers, things["order"])
			}
			account(w, hers, owner, things)
			names := strings.NewReplacer("{id}", things[owner], "{line}", things["line"], "{code}", "SPRING",
				"{gift card}", things["gift card"], "{document}", things["document"], "{product}", things["product"], "{sku}", "POSTER", "{purpose}", "offers")
			w.Until("all is quiet", func() bool {
				return number(t, w.App.DB, `SELECT (SELECT COUNT(*) FROM job_jobs) + (SELECT COUNT(*) FROM event_facts WHERE done_at IS NULL)`) == 0
			})
			before := snapshot(t, w.App.DB)
			others := map[string]string{"a guest": "", "another customer": mine}
			if owner == "self" { // everybody has one, and reaches no other's: see TestAnAccountIsItsOwners
				delete(others, "another customer")
			}
			for who, token := range others {
				a := knock(w, route, names, w.Store, "Customer-Token", token)
				if owner == "me" && token != "" && a.Status == 200 && !strings.Contains(string(a.Bytes), "ada@example.com") { // her own
					continue
				}
				if a.Status != 404 && (a.Status != 401 || token != "") {
					t.Errorf("%s as %s: %d %s", route, who, a.Status, a.Bytes)
				}
			}
			tables := slices.DeleteFunc(changed(before, snapshot(t, w.App.DB)), func(table string) bool { return table == "giftcard_tries" }) // who tries codes is counted
			if len(tables) > 0 {
				t.Errorf("%s by others changed %v", route, tables)
			}
			if a := knock(w, route, names, w.Store, "Customer-Token", hers); a.Status/100 != 2 && a.Status != routes[route].told {
				t.Errorf("%s as its owner: %d %s", route, a.Status, a.Bytes)
			}
		}
		w.Whole()
	})
}

// What a guest has begun on one channel is there for that channel's key alone:
// for another channel's it does not exist, though its id is known.
func TestWhatIsAGuestsIsNoOtherChannels(t *testing.T) {
	calm(t)
	each(t, bank.Config{}, func(t *testing.T, w *apptest.World) {
		var foreign string
		dbtest.Write(t, w.App.DB, func(tx *db.Tx) error {
			if err := market.SaveChannel(t.Context(), tx, market.Channel{ID: "partner", Name: "Partner", Kind: "partner", Markets: []string{"DE"}, DefaultMarket: "DE"}); err != nil {
				return err
			}
			_, secret, err := auth.CreateKey(t.Context(), tx, auth.NewKey{Kind: auth.Publishable, Name: "partner", Channel: "partner"})
			foreign = secret
			return err
		})
		for _, route := range slices.Sorted(maps.Keys(routes)) {
			owner := routes[route].owner
			if owner != "cart" && owner != "checkout" || strings.HasSuffix(route, "/claim") { // which asks for a customer
				continue
			}
			things := map[string]string{}
			c := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("MUG-RED", 1)}})
			w.Call("POST", "/store/v1/carts/"+c.Text("id")+"/codes", map[string]any{"code": "SPRING"})
			card := w.Call("POST", "/admin/v1/gift-cards", map[string]any{"market": "DE", "amount": eur(10_00), "reason": "x"}, "Idempotency-Key", c.Text("id"))
			things["cart"], things["line"], things["gift card"] = c.Text("id"), c.Text("lines", 0, "id"), card.Text("code")
			if owner == "checkout" {
				things["checkout"] = w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": c.Text("id")}).Text("id")
			}
			names := strings.NewReplacer("{id}", things[owner], "{line}", things["line"], "{code}", "SPRING", "{gift card}", things["gift card"], "{card}", "gc_none")
			before := snapshot(t, w.App.DB)
			if a := knock(w, route, names, foreign); a.Status != 404 {
				t.Errorf("%s with another channel's key: %d %s", route, a.Status, a.Bytes)
			}
			tables := slices.DeleteFunc(changed(before, snapshot(t, w.App.DB)), func(table string) bool { return table == "giftcard_tries" })
			if len(tables) > 0 {
				t.Errorf("%s with another channel's key changed %v", route, tables)
			}
			if a := knock(w, route, names, w.Store); a.Status == 404 && !strings.Contains(route, "{card}") && !strings.HasSuffix(route, "/undo") {
				t.Errorf("%s with its own: %d %s", route, a.Status, a.Bytes)
			}
		}
		w.Whole()
	})
}

// belongings gives a customer a cart with a code, a checkout, and an order.
func belongings(w *apptest.World, token string) map[string]string {
	w.T.Helper()
	buys := func() (cart, first, checkout string) {
		c := w.Call("POST", "/store/v1/carts", map[string]any{"market": "DE", "lines": []any{line("MUG-RED", 1)}}, "Customer-Token", token)
		w.Call("POST", "/store/v1/carts/"+c.Text("id")+"/codes", map[string]any{"code": "SPRING"}, "Customer-Token", token)
		k := w.Call("POST", "/store/v1/checkouts", map[string]any{"cart": c.Text("id")}, "Customer-Token", token)
		w.Call("PATCH", "/store/v1/checkouts/"+k.Text("id"), map[string]any{"email": "ada@example.com", "shipping_address": berlin, "shipping_option": "de_standard",
			"payment": map[string]any{"method": "card", "instrument": "sandbox:approve"}}, "Customer-Token", token)
		return c.Text("id"), c.Text("lines", 0, "id"), k.Text("id")
	}
	_, _, placed := buys()
	done := w.Call("POST", "/store/v1/checkouts/"+placed+"/complete", map[string]any{"expected_total": map[string]any{"amount": 16_80, "currency": "EUR"}},
		"Customer-Token", token, "Idempotency-Key", "k")
	if done.Text("status") != "completed" {
		w.T.Fatalf("%s", done.Bytes)
	}
	card := w.Call("POST", "/admin/v1/gift-cards", map[string]any{"market": "DE", "amount": eur(10_00), "reason": "x"}, "Idempotency-Key", done.Text("order", "id"))
	cart, first, checkout := buys()
	kept := w.Call("GET", "/store/v1/customers/me/cards", nil, "Customer-Token", token).Text("data", 0, "id")
	if kept == "" { // one is enough: a customer may keep ten
		kept = w.Call("POST", "/store/v1/customers/me/cards", map[string]any{"instrument": "sandbox:approve", "consent": true}, "Customer-Token", token).Text("id")
	}
	return map[string]string{"card": kept, "cart": cart, "line": first, "checkout": checkout, "order": done.Text("order", "id"), "me": "me",
		"gift card": card.Text("code")}
}

// invoiced waits for an order's invoice.
func invoiced(w *apptest.World, token, order string) (id string) {
	w.T.Helper()
	w.Until("the invoice is issued", func() bool {
		id = w.Call("GET", "/store/v1/orders/"+order+"/documents", nil, "Customer-Token", token).Text("data", 0, "id")
		return id != ""
	})
	return id
}
