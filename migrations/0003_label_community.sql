DROP INDEX "labels_at";--> statement-breakpoint
ALTER TABLE "labels" ADD COLUMN "community_id" bigint;--> statement-breakpoint
UPDATE "labels" SET "community_id" = "flags"."community_id" FROM "flags" WHERE "flags"."id" = "labels"."flag_id";--> statement-breakpoint
ALTER TABLE "labels" ALTER COLUMN "community_id" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "labels" ADD CONSTRAINT "labels_community_id_communities_id_fk" FOREIGN KEY ("community_id") REFERENCES "public"."communities"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "labels_week" ON "labels" USING btree ("community_id","at","moderator");
